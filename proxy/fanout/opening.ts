import { encodeChunk } from '../sse/chunk.ts'
import type { FrameLog } from './frame-log.ts'
import type { BodyFraming } from './subscriber.ts'

/** How a client's stream begins. */
export interface Opening {
  /** Where in the log it goes on. */
  readonly cursor: number
  /** The head and the first bytes of the body. */
  readonly bytes: Buffer
  /** Whether events may have been missed, which the client has been told. */
  readonly isGap: boolean
}

/** Why events may have been missed [protocol §5.9]. */
export type GapReason = 'evicted' | 'unknown' | 'outage'

/** The event that tells a client that it may have missed events. */
export function gapFrame(reason: GapReason): string {
  return `event: sse-proxy-gap\ndata: ${JSON.stringify({ reason })}\n\n`
}

/** Sets the client's last event id and dispatches nothing: an `id` without data [sse §9.2.6]. */
export function idFrame(id: string | undefined): string {
  return id === undefined ? '' : `id: ${id}\n\n`
}

// A body byte at once, for clients and intermediaries that hold the head back until there is one.
const NOTHING_YET = ':\n\n'

/**
 * Begins streams. All that begin at the same place in the log share one buffer, so that a crowd of
 * clients which connects between two events is answered by one.
 */
export class Openings {
  readonly #log: FrameLog
  #last: { head: Buffer; framing: BodyFraming; block: string; bytes: Buffer } | undefined

  constructor(log: FrameLog) {
    this.#log = log
  }

  begin(head: Buffer, framing: BodyFraming, lastEventId: string | undefined): Opening {
    const { headPosition, lastId } = this.#log
    const place = lastEventId === undefined ? undefined : this.#log.locate(lastEventId)
    if (place === undefined || (place.kind === 'found' && place.position === headPosition)) {
      // A client that is cut off before its first event so has an id to come back with.
      const block = idFrame(lastId) || NOTHING_YET
      return { cursor: headPosition, bytes: this.#join(head, framing, block), isGap: false }
    }
    if (place.kind === 'found') {
      const bytes = this.#join(head, framing, NOTHING_YET)
      return { cursor: place.position, bytes, isGap: false }
    }
    const bytes = this.#join(head, framing, gapFrame(place.kind))
    return { cursor: headPosition, bytes, isGap: true }
  }

  #join(head: Buffer, framing: BodyFraming, block: string): Buffer {
    const last = this.#last
    if (last?.head === head && last.framing === framing && last.block === block) return last.bytes
    const body = framing === 'chunked' ? encodeChunk(block) : Buffer.from(block)
    const bytes = Buffer.concat([head, body])
    this.#last = { head, framing, block, bytes }
    return bytes
  }
}
