import { encodeChunk } from '../sse/chunk.ts'
import type { HubOptions } from './hub-options.ts'
import { randomReturnMs } from './return-time.ts'
import { retryBlock } from './stream-start.ts'
import type { BodyFraming, EndReason, Subscriber } from './subscriber.ts'

/** Streams of the same age do not end together. */
const LIFE_JITTER = 0.2
/** How often streams end while their ends are spread over a time. */
const SPREAD_TICK_MS = 20
/** The ends are spread already: this only separates those of one tick. */
const RETURN_JITTER_MS = 200
/** The chunk that ends a chunked body [http/1.1 §7.1]. */
const LAST_CHUNK = encodeChunk('')

type StreamEndsOptions = Pick<
  HubOptions,
  'guard' | 'maxStreamMs' | 'nowMs' | 'random' | 'returnSpreadMs'
>

/** When streams end, and the last bytes of each. */
export class StreamEnds {
  readonly #options: StreamEndsOptions
  #spreading: NodeJS.Timeout | undefined

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
    return randomReturnMs(this.#options.returnSpreadMs, this.#options.random)
  }

  /**
   * Calls `end` for each subscriber, evenly over `returnSpreadMs`, with a short time after which it
   * reconnects. Stops at `clear`.
   */
  spread(
    subscribers: readonly Subscriber[],
    end: (subscriber: Subscriber, retryMs: number) => void,
  ): void {
    const { guard, nowMs, random, returnSpreadMs } = this.#options
    const startMs = nowMs()
    let ended = 0
    const endSome = (): void => {
      const part = Math.min(1, (nowMs() - startMs) / Math.max(1, returnSpreadMs))
      const due = Math.ceil(part * subscribers.length)
      for (const subscriber of subscribers.slice(ended, due)) {
        end(subscriber, randomReturnMs(RETURN_JITTER_MS, random))
      }
      ended = due
      if (part === 1) this.clear()
    }
    this.clear()
    this.#spreading = setInterval(
      () =>
        guard.run(
          'timer',
          () => endSome(),
          () => this.clear(),
        ),
      SPREAD_TICK_MS,
    )
  }

  /** Ends no more streams of `spread`. */
  clear(): void {
    clearInterval(this.#spreading)
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
  const block = retryMs === undefined ? '' : retryBlock(retryMs)
  if (framing === 'plain') return block
  return block === '' ? LAST_CHUNK : Buffer.concat([encodeChunk(block), LAST_CHUNK])
}
