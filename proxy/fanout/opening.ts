import { encodeChunk } from '../sse/chunk.ts'
import type { FrameLog } from './frame-log.ts'
import type { BodyFraming } from './subscriber.ts'

/** How a client's stream begins. */
export interface Opening {
  /** Where in the log it goes on. */
  readonly cursor: number
  /** The head and the first bytes of the body. */
  readonly bytes: Buffer
}

/** Name of the event that tells a client of events it may have missed [protocol §5.9]. */
export const GAP_EVENT = 'sse-proxy-gap'

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
    const log = this.#log
    // A client that is cut off before its first event needs an id to come back with: an `id` without data
    // sets it and dispatches nothing [sse §9.2.6].
    const here = `id: ${log.lastId}\n`
    if (lastEventId === undefined) {
      return { cursor: log.headPosition, bytes: this.#join(head, framing, `${here}\n`) }
    }
    const place = log.locate(lastEventId)
    if (place.kind === 'found') {
      const isUpToDate = place.position === log.headPosition
      const block = isUpToDate ? `${here}\n` : NOTHING_YET
      return { cursor: place.position, bytes: this.#join(head, framing, block) }
    }
    const data = JSON.stringify({ reason: place.kind })
    const block = `${here}event: ${GAP_EVENT}\ndata: ${data}\n\n`
    return { cursor: log.headPosition, bytes: this.#join(head, framing, block) }
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
