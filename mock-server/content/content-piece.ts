import type { BinaryEffect } from './binaries.ts'
import type { Change } from './changes/change.ts'
import type { LogBookCut, LogBookNumbers } from './changes/log-book.ts'
import type { LastIds } from './content.ts'
import type { HistoryLine } from './item/history.ts'
import type { ContentItem } from './item/item.ts'
import type { Lock } from './item/lock-table.ts'
import type { Person } from './person.ts'
import type { ContentList } from './site/content-list.ts'
import type { Publication } from './site/publication.ts'
import type { Section } from './site/section.ts'

/** A change id and the item or person that the row is about. */
type RowPair = readonly [changeId: number, subjectId: number]

/** A thing of the content, as it is in a copy of the whole. */
export type ContentThing =
  | { readonly kind: 'section'; readonly section: Section }
  /** The revisions of the lists of subsections, by the id of their parent. After the sections. */
  | {
      readonly kind: 'subsections'
      readonly revisions: readonly (readonly [number | null, number])[]
    }
  | { readonly kind: 'list'; readonly list: ContentList }
  /** `lines`: its history, oldest first. */
  | { readonly kind: 'item'; readonly item: ContentItem; readonly lines: readonly HistoryLine[] }
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'lock'; readonly lock: Lock }
  | BinaryEffect

/** One piece of the whole content. `base` comes first. */
export type ContentPiece =
  | {
      readonly kind: 'base'
      readonly publications: readonly Publication[]
      readonly lastIds: LastIds
      readonly logs: LogBookNumbers
    }
  | ContentThing
  /** Rows of one log, oldest first. */
  | { readonly kind: 'rows'; readonly log: string; readonly rows: readonly RowPair[] }
  /** Some of the latest changes, oldest first. */
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }

/** Entries of one piece. */
const PIECE_ENTRIES = 500

export function* piecesOf(
  base: ContentPiece,
  things: readonly ContentThing[],
  logs: LogBookCut['rows'],
  changes: readonly Change[],
): Generator<ContentPiece> {
  yield base
  yield* things
  for (const [log, rows] of logs) {
    for (const some of inParts(rows)) {
      const pairs = some.map(({ changeId, subjectId }) => [changeId, subjectId] as const)
      yield { kind: 'rows', log, rows: pairs }
    }
  }
  for (const some of inParts(changes)) yield { kind: 'changes', changes: some }
}

function* inParts<T>(entries: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < entries.length; start += PIECE_ENTRIES)
    yield entries.slice(start, start + PIECE_ENTRIES)
}
