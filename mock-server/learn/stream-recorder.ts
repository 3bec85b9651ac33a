import { MockServerError } from '../errors.ts'
import { EventParser } from '../sse/event-parser.ts'
import type { PoliteClient } from './polite-client.ts'

export interface HeardEvent {
  readonly data: string
  readonly id: string | undefined
}

/** Limits in characters: of one line, and of the whole stream. */
const MAX_LINE_LENGTH = 65_536
const MAX_LENGTH = 4 * 1024 * 1024

/** One event stream, and what it has received so far. Disposing closes it. */
export class StreamRecorder implements AsyncDisposable {
  readonly events: HeardEvent[] = []
  /** Arrival time of each comment, in milliseconds of a monotonic clock. */
  readonly commentTimes: number[] = []
  retryMs: number | undefined
  readonly contentType: string
  readonly #stop: AbortController
  readonly #watchers = new Set<() => void>()
  readonly #parser = new EventParser({
    onEvent: ({ data, id }) => void this.events.push({ data, id }),
    onComment: () => void this.commentTimes.push(performance.now()),
    onRetry: (ms) => (this.retryMs = ms),
  })
  #length = 0
  #isOpen = true
  readonly #done: Promise<void>

  private constructor(response: Response, stop: AbortController) {
    this.#stop = stop
    this.contentType = response.headers.get('Content-Type') ?? 'none'
    this.#done = this.#read(response)
  }

  /** Throws `unreachable` if the response is not an event stream. */
  static async open(
    client: PoliteClient,
    url: string,
    lastEventId?: string,
  ): Promise<StreamRecorder> {
    const stop = new AbortController()
    const headers = {
      Accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    }
    const response = await client.open(url, { headers }, stop.signal)
    const type = response.headers.get('Content-Type') ?? 'none'
    if (response.status === 200 && type.startsWith('text/event-stream'))
      return new StreamRecorder(response, stop)
    stop.abort()
    throw new MockServerError(
      'unreachable',
      `${url}: expected an event stream, got status ${response.status}, ${type}`,
    )
  }

  /** Whether `isThere` became true within this time. */
  async until(isThere: () => boolean, ms: number): Promise<boolean> {
    if (isThere()) return true
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve(isThere())
      }
      const look = (): void => {
        if (isThere() || !this.#isOpen) finish()
      }
      const timer = setTimeout(finish, ms)
      this.#watchers.add(look)
      look()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? []) {
        const text = decoder.decode(chunk, { stream: true })
        this.#length += text.length
        this.#parser.push(text)
        for (const look of this.#watchers) look()
        if (this.#length > MAX_LENGTH || this.#parser.pendingLength > MAX_LINE_LENGTH) break
      }
    } catch {
      // We, the store or the network ended the stream. What was received remains valid.
    }
    this.#isOpen = false
    for (const look of this.#watchers) look()
  }
}

/** Median time between comments, to two digits. Undefined for fewer than two comments. */
export function heartbeatMs(times: readonly number[]): number | undefined {
  const gaps = times
    .slice(1)
    .map((time, index) => time - (times[index] ?? 0))
    .toSorted((a, b) => a - b)
  const median = gaps[Math.floor(gaps.length / 2)]
  return median === undefined ? undefined : Math.max(1, Number(median.toPrecision(2)))
}
