import { MockServerError } from '../errors.ts'
import type { PoliteClient } from './polite-client.ts'

export interface HeardEvent {
  readonly data: string
  readonly id: string | undefined
}

/** Limits in characters: of one line, and of the whole stream. */
const MAX_LINE_LENGTH = 65_536
const MAX_LENGTH = 4 * 1024 * 1024

/** One event stream, and what it has received so far. Disposing closes it. */
export class EventListener implements AsyncDisposable {
  readonly events: HeardEvent[] = []
  /** Arrival time of each comment, in milliseconds of a monotonic clock. */
  readonly commentTimes: number[] = []
  retryMs: number | undefined
  readonly contentType: string
  readonly #stop: AbortController
  readonly #watchers = new Set<() => void>()
  #line = ''
  #length = 0
  #data: string[] = []
  #id: string | undefined
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
  ): Promise<EventListener> {
    const stop = new AbortController()
    const headers = {
      Accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    }
    const response = await client.open(url, { headers }, stop.signal)
    const type = response.headers.get('Content-Type') ?? 'none'
    if (response.status === 200 && type.startsWith('text/event-stream'))
      return new EventListener(response, stop)
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
        this.#take(decoder.decode(chunk, { stream: true }))
        for (const look of this.#watchers) look()
        if (this.#length > MAX_LENGTH || this.#line.length > MAX_LINE_LENGTH) break
      }
    } catch {
      // We, the store or the network ended the stream. What was received remains valid.
    }
    this.#isOpen = false
    for (const look of this.#watchers) look()
  }

  /** [sse §9.2.6] Lines; the last one is incomplete. A CR alone is not treated as a line end. */
  #take(text: string): void {
    this.#length += text.length
    const [rest = '', ...lines] = text.split('\n')
    this.#line += rest
    for (const next of lines) {
      this.#readLine(this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line)
      this.#line = next
    }
  }

  #readLine(line: string): void {
    if (line === '') {
      if (this.#data.length > 0) this.events.push({ data: this.#data.join('\n'), id: this.#id })
      this.#data = []
      this.#id = undefined
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) this.commentTimes.push(performance.now())
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (name === 'data') this.#data.push(value)
    else if (name === 'id') this.#id = value
    else if (name === 'retry') this.retryMs = Number(value)
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
