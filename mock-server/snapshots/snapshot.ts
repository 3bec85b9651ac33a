import type { ContentPiece } from '../content/content-piece.ts'
import type { LivePiece } from '../live-center/live-center.ts'

/** Everything that a space stores, as it was at one moment. Shares what has not changed since. */
export interface Snapshot {
  readonly savedAt: string
  /** The newest change. */
  readonly changeId: number
  readonly content: readonly ContentPiece[]
  readonly live: readonly LivePiece[]
}

const BYTES_PER_CHARACTER = 2
const BYTES_PER_THING = 500
const BYTES_PER_ENTRY = 100

export function itemsOf({ content }: Snapshot): number {
  return content.filter(({ kind }) => kind === 'item').length
}

/** An estimate of the memory that a snapshot alone may hold, once everything has changed. */
export function bytesOf({ content, live }: Snapshot): number {
  return content.reduce((sum, piece) => sum + pieceBytes(piece), live.length * BYTES_PER_THING)
}

function pieceBytes(piece: ContentPiece): number {
  switch (piece.kind) {
    case 'item': {
      const { title, payload, kept } = piece.item
      const length = title.length + (payload?.length ?? 0) + lengthOf(kept)
      return BYTES_PER_THING + length * BYTES_PER_CHARACTER + piece.lines.length * BYTES_PER_ENTRY
    }
    case 'person':
      return BYTES_PER_THING + (piece.person.payload?.length ?? 0) * BYTES_PER_CHARACTER
    case 'rows':
      return piece.rows.length * BYTES_PER_ENTRY
    case 'list':
      return BYTES_PER_THING + piece.list.entries.length * BYTES_PER_ENTRY
    case 'section':
      return BYTES_PER_THING + lengthOf(piece.section.kept) * BYTES_PER_CHARACTER
    case 'binary':
      return BYTES_PER_THING + piece.binary.bytes.length
    default:
      return BYTES_PER_THING
  }
}

function lengthOf(texts: object): number {
  return Object.values(texts).reduce((length: number, text: string) => length + text.length, 0)
}
