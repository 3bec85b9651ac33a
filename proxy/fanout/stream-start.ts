import { encodeChunk } from '../sse/chunk.ts'
import type { FrameLog } from './frame-log.ts'
import type { HubOptions } from './hub-options.ts'
import { randomReturnMs } from './return-time.ts'
import type { BodyFraming, NewSubscriber, Subscriber } from './subscriber.ts'

type StreamStartOptions = Pick<HubOptions, 'crashSpreadMs' | 'log' | 'random'>

/** The first bytes of a client's stream. */
export interface StreamStart {
  /** Position in the log of the next frame to send. */
  readonly cursor: number
  /** The head and the first bytes of the body. */
  readonly bytes: Buffer
  /** Whether the client may have missed events; then the bytes contain the gap event. */
  readonly isGap: boolean
}

/** Why events may have been missed [protocol §5.9]. */
export type GapReason = 'evicted' | 'unknown' | 'outage'

export const GAP_EVENT = 'sse-proxy-gap'

/** The event that reports missed events to a client. */
export function gapFrame(reason: GapReason): string {
  return `event: ${GAP_EVENT}\ndata: ${JSON.stringify({ reason })}\n\n`
}

/** Sets the client's last event id and dispatches nothing: an `id` without data [sse §9.2.6]. */
export function idFrame(id: string | undefined): string {
  return id === undefined ? '' : `id: ${id}\n\n`
}

/** Sets the time after which the client reconnects, and dispatches nothing [sse §9.2.6]. */
export function retryBlock(ms: number): string {
  return `retry: ${ms}\n\n`
}

// Some clients and intermediaries hold the head back until the body begins.
const NOTHING_YET = ':\n'

/**
 * Builds the first bytes of streams. Streams that begin at the same position of the log share one
 * buffer: clients that connect between two events all get the same one.
 */
export class StreamStarts {
  readonly #options: StreamStartOptions
  readonly #log: FrameLog
  #last: { head: Buffer; framing: BodyFraming; block: string; bytes: Buffer } | undefined

  constructor(options: StreamStartOptions) {
    this.#options = options
    this.#log = options.log
  }

  /** Writes when the client is to reconnect after a crash of the proxy, if a time is set. */
  writeRetry(subscriber: Subscriber): void {
    const { crashSpreadMs, random } = this.#options
    if (crashSpreadMs === 0) return
    const block = retryBlock(randomReturnMs(crashSpreadMs, random))
    subscriber.write(subscriber.framing === 'chunked' ? encodeChunk(block) : block)
  }

  /** `earlyId` = whether the stream may begin with an id block. */
  begin(
    { head, framing, lastEventId }: Pick<NewSubscriber, 'head' | 'framing' | 'lastEventId'>,
    earlyId: boolean,
  ): StreamStart {
    const { headPosition, lastId } = this.#log
    const place = lastEventId === undefined ? undefined : this.#log.locate(lastEventId)
    if (place === undefined) {
      // A client that loses its connection before the first event has an id to resume from.
      const block = (earlyId && idFrame(lastId)) || NOTHING_YET
      return { cursor: headPosition, bytes: this.#join(head, framing, block), isGap: false }
    }
    if (place.kind === 'found') {
      // The client has an id already.
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
