import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { get } from 'node:http'

const DEADLINE_MS = 20_000

export interface StreamReaderOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * A plain client of an event stream: it keeps what it read, never reconnects, and waits with a
 * deadline.
 */
export class StreamReader implements AsyncDisposable {
  readonly #request: ClientRequest
  readonly #response: IncomingMessage
  readonly #changed = new Set<() => void>()
  readonly #data: string[] = []
  #text = ''
  #unfinished = ''
  #ended = false

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request
    this.#response = response
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      this.#text += chunk
      this.#cut(chunk)
      this.#notify()
    })
    response.once('close', () => {
      this.#ended = true
      this.#notify()
    })
    response.on('error', () => {}) // A lost connection: the tests check the 'close' that follows.
  }

  /** Resolves with the head. Throws for a status other than 200. */
  static async open(
    url: string,
    { headers = {} }: StreamReaderOptions = {},
  ): Promise<StreamReader> {
    const authorization = `Basic ${Buffer.from('user:password').toString('base64')}`
    return new Promise((resolve, reject) => {
      const request = get(
        url,
        { headers: { authorization, ...headers }, agent: false },
        (response) => {
          // A silent stream is not ended by its reader.
          request.setTimeout(0)
          if (response.statusCode === 200) resolve(new StreamReader(request, response))
          else reject(new Error(`expected the stream, got status ${String(response.statusCode)}`))
        },
      )
      request.setTimeout(DEADLINE_MS, () => request.destroy(new Error('no head in time')))
      request.once('error', reject)
    })
  }

  get headers(): IncomingHttpHeaders {
    return this.#response.headers
  }

  /** Everything read so far. */
  get text(): string {
    return this.#text
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The `data` of every complete event so far. */
  get data(): readonly string[] {
    return this.#data
  }

  /** Resolves once `isThere` is true. Throws at the deadline, and when the stream ends first. */
  async until(isThere: (reader: this) => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void =>
        done(() => reject(new Error(`${what}: ${why}; read ${this.#text.slice(-500)}`)))
      const timer = setTimeout(() => fail(`not within ${DEADLINE_MS} ms`), DEADLINE_MS)
      const done = (settle: () => void): void => {
        clearTimeout(timer)
        this.#changed.delete(look)
        settle()
      }
      const look = (): void => {
        if (isThere(this)) done(resolve)
        else if (this.#ended) fail('the stream ended')
      }
      this.#changed.add(look)
      look()
    })
  }

  /** Stops reading, so that the server sees backpressure. */
  pause(): void {
    this.#response.pause()
  }

  resume(): void {
    this.#response.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#request.destroy()
  }

  #cut(chunk: string): void {
    const blocks = (this.#unfinished + chunk).split('\n\n')
    this.#unfinished = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data !== undefined) this.#data.push(data)
    }
  }

  #notify(): void {
    for (const look of this.#changed) look()
  }
}
