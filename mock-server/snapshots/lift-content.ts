import type { ContentPiece } from '../content/content-piece.ts'
import type { LastIds } from '../content/content.ts'
import type { LivePiece } from '../live-center/live-center.ts'

type Base<Piece> = Extract<Piece, { readonly kind: 'base' }>

/**
 * A content that was cut earlier, as it is to be restored in place of `current`: the same things
 * under higher change ids and revisions, because none is given twice. A client that kept a
 * `previous` link finds every item of the restored content there, and its ETags are stale. Ids of
 * items, persons, sections, lists, list entries and locks stay, and new ones are above all of both.
 */
export function liftContent(
  pieces: readonly ContentPiece[],
  current: Base<ContentPiece>,
): readonly ContentPiece[] {
  const base = baseOf<ContentPiece>(pieces)
  const resetId = Math.max(base.logs.changeId, current.logs.changeId)
  // The restore takes an id itself, so every cursor is from before or from after it.
  const up = above(resetId + 1, pieces.flatMap(changeIdsOf))
  const sectionUp = above(
    lastOf('sections', base, current),
    pieces.flatMap((piece) => {
      if (piece.kind === 'section') return piece.section.revision
      return piece.kind === 'subsections' ? piece.revisions.map(([, revision]) => revision) : []
    }),
  )
  const listUp = above(
    lastOf('lists', base, current),
    pieces.flatMap((piece) => (piece.kind === 'list' ? piece.list.revision : [])),
  )
  return pieces.map((piece): ContentPiece => {
    switch (piece.kind) {
      case 'base': {
        const lastIds = highest(base.lastIds, current.lastIds)
        lastIds.site.sections.revision = base.lastIds.site.sections.revision + sectionUp
        lastIds.site.lists.revision = base.lastIds.site.lists.revision + listUp
        const changeId = Math.max(base.logs.changeId + up, resetId + 1)
        const { commits } = current.logs
        return { ...piece, lastIds, logs: { changeId, commits, resetId, evictedUpTo: 0 } }
      }
      case 'item': {
        const lines = piece.lines.map((line) => ({ ...line, changeId: line.changeId + up }))
        return { ...piece, item: { ...piece.item, changeId: piece.item.changeId + up }, lines }
      }
      case 'person':
        return { ...piece, person: { ...piece.person, changeId: piece.person.changeId + up } }
      case 'rows':
        return { ...piece, rows: piece.rows.map(([changeId, id]) => [changeId + up, id]) }
      case 'section':
        return {
          ...piece,
          section: { ...piece.section, revision: piece.section.revision + sectionUp },
        }
      case 'subsections':
        return {
          ...piece,
          revisions: piece.revisions.map(([id, revision]) => [id, revision + sectionUp]),
        }
      case 'list':
        return { ...piece, list: { ...piece.list, revision: piece.list.revision + listUp } }
      default:
        return piece
    }
  })
}

/** As `liftContent`, for the entries of live events. */
export function liftLive(
  pieces: readonly LivePiece[],
  current: Base<LivePiece>,
): readonly LivePiece[] {
  const base = baseOf<LivePiece>(pieces)
  const last = Math.max(base.changeId, current.changeId)
  const up = above(
    last,
    pieces.flatMap((piece) => (piece.kind === 'entry' ? piece.entry.changeId : [])),
  )
  return pieces.map((piece): LivePiece => {
    if (piece.kind === 'entry')
      return { ...piece, entry: { ...piece.entry, changeId: piece.entry.changeId + up } }
    const lastEntryId = Math.max(base.lastEntryId, current.lastEntryId)
    return { ...piece, changeId: Math.max(base.changeId + up, last), lastEntryId }
  })
}

/** The first of the pieces. */
export function baseOf<Piece extends { readonly kind: string }>(
  pieces: Iterable<Piece>,
): Base<Piece> {
  for (const piece of pieces) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the kind says so.
    if (piece.kind === 'base') return piece as Base<Piece>
  }
  throw new Error('a cut begins with its base')
}

/** By how much numbers are raised so that the lowest follows `last`. */
function above(last: number, numbers: readonly number[]): number {
  const lowest = numbers.reduce((least, number) => Math.min(least, number), Infinity)
  return lowest === Infinity ? 0 : last + 1 - lowest
}

function changeIdsOf(piece: ContentPiece): readonly number[] {
  if (piece.kind === 'item')
    return [piece.item.changeId, ...piece.lines.map(({ changeId }) => changeId)]
  if (piece.kind === 'person') return [piece.person.changeId]
  return piece.kind === 'rows' ? piece.rows.map(([changeId]) => changeId) : []
}

function lastOf(part: keyof LastIds['site'], ...bases: readonly Base<ContentPiece>[]): number {
  return Math.max(...bases.map(({ lastIds }) => lastIds.site[part].revision))
}

type Mutable<T> = {
  -readonly [Name in keyof T]: T[Name] extends number ? number : Mutable<T[Name]>
}

function highest(one: LastIds, other: LastIds): Mutable<LastIds> {
  const { item, person, lock, binary } = one
  return {
    item: Math.max(item, other.item),
    person: Math.max(person, other.person),
    lock: Math.max(lock, other.lock),
    binary: Math.max(binary, other.binary),
    site: {
      sections: { id: Math.max(one.site.sections.id, other.site.sections.id), revision: 0 },
      lists: { handle: Math.max(one.site.lists.handle, other.site.lists.handle), revision: 0 },
    },
  }
}
