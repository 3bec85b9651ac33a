import { encodeChunk } from '../sse/chunk.ts'
import type { HubOptions } from './hub-options.ts'
import type { BodyFraming, EndReason, Subscriber } from './subscriber.ts'

/** Streams of the same age do not end together. */
const LIFE_JITTER = 0.2
const EARLIEST_RETURN_MS = 1000
/** The chunk that ends a chunked body [http/1.1 §7.1]. */
const LAST_CHUNK = encodeChunk('')

type StreamEndsOptions = Pick<HubOptions, 'maxStreamMs' | 'random' | 'returnSpreadMs'>

/** When streams end, and the last bytes of each. */
export class StreamEnds {
  readonly #options: StreamEndsOptions

  constructor(options: StreamEndsOptions) {
    this.#options = options
  }

  /** When a stream that begins now reaches its longest duration; 0 = never. */
  dueMs(nowMs: number): number {
    const { maxStreamMs, random } = this.#options
    return maxStreamMs === 0 ? 0 : nowMs + maxStreamMs * (1 - LIFE_JITTER * random())
  }

  /** A time after which one of many clients reconnects, so that they do not return together. */
  randomReturnMs(): number {
    const { random, returnSpreadMs } = this.#options
    return Math.round(EARLIEST_RETURN_MS + random() * returnSpreadMs)
  }

  /**
   * Ends the body in good order. The client reconnects after `retryMs`; undefined = after its own
   * time. A client that polls must not get one: it would wait that long between all its requests.
   */
  end(subscriber: Subscriber, reason: EndReason, nowMs: number, retryMs?: number): void {
    if (subscriber.isEnded) return
    subscriber.endReason = reason
    subscriber.lastWriteMs = nowMs
    subscriber.socket.end(lastBytes(subscriber.framing, retryMs))
  }
}

function lastBytes(framing: BodyFraming, retryMs: number | undefined): Buffer | string {
  const block = retryMs === undefined ? '' : `retry: ${retryMs}\n\n`
  if (framing === 'plain') return block
  return block === '' ? LAST_CHUNK : Buffer.concat([encodeChunk(block), LAST_CHUNK])
}
