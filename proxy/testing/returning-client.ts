import { type ClientRequest, get, type IncomingMessage } from 'node:http'

import { eventually } from './deadline.ts'
import { type ReadEvent, ReferenceReader } from './reference-reader.ts'

const RETURN_AFTER_MS = 20

/** `long polls`: responses that end are how it reads, as a polyfill does. */
export type Reading = 'stream' | 'long polls'

/** A port of 127.0.0.1, or the path of a Unix socket. */
export type Place = number | string

/**
 * A client that reconnects with its last event id when it loses its stream, like a browser, until
 * it leaves. With several places it goes to the next one each time.
 */
export class ReturningClient implements AsyncDisposable {
  readonly #places: readonly [Place, ...Place[]]
  readonly #reading: Reading
  readonly #onEvent: (event: ReadEvent) => void
  #reader = new ReferenceReader()
  /** The current response; undefined while it is disconnected. */
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #return: NodeJS.Timeout | undefined
  #isAway = true
  #losses = 0
  #isStalled = false

  constructor(
    places: readonly [Place, ...Place[]],
    reading: Reading,
    onEvent: (event: ReadEvent) => void,
  ) {
    this.#places = places
    this.#reading = reading
    this.#onEvent = onEvent
  }

  get isAway(): boolean {
    return this.#isAway
  }

  get isStalled(): boolean {
    return this.#isStalled
  }

  /** Connects or reconnects. Resolves when it has a stream. */
  async come(): Promise<void> {
    this.#isAway = false
    this.#dial()
    await eventually('a client has its stream', () => this.#response !== undefined)
  }

  /** Leaves its stream and asks for it at the next place. */
  async move(): Promise<void> {
    this.leave('end')
    this.#losses += 1
    await this.come()
  }

  leave(how: 'end' | 'reset'): void {
    this.#isAway = true
    this.#isStalled = false
    clearTimeout(this.#return)
    const request = this.#request
    this.#request = undefined
    this.#response = undefined
    if (how === 'reset') request?.socket?.resetAndDestroy()
    request?.destroy()
  }

  /** Stops reading until it is resumed. */
  stall(): void {
    this.#isStalled = true
    this.#response?.pause()
  }

  goOn(): void {
    this.#isStalled = false
    this.#response?.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave('end')
  }

  #dial(): void {
    const { lastEventId } = this.#reader
    const headers = {
      ...(lastEventId === '' ? {} : { 'Last-Event-ID': lastEventId }),
      ...(this.#reading === 'stream' ? {} : { 'X-Requested-With': 'XMLHttpRequest' }),
    }
    const [first] = this.#places
    const place = this.#places[this.#losses % this.#places.length] ?? first
    const at =
      typeof place === 'string' ? { socketPath: place } : { host: '127.0.0.1', port: place }
    const request = get({ ...at, agent: false, headers })
    this.#request = request
    request.on('error', () => this.#lose(request))
    request.once('response', (response) => {
      if (request !== this.#request) return
      if (response.statusCode !== 200) {
        request.destroy()
        return
      }
      const reader = new ReferenceReader(lastEventId)
      this.#reader = reader
      this.#response = response
      response.on('data', (bytes: Buffer) => {
        // Bytes that arrive after it has left do not count.
        if (request !== this.#request) return
        for (const event of reader.push(bytes)) this.#onEvent(event)
      })
      response.on('error', () => this.#lose(request))
      response.once('close', () => this.#lose(request))
      if (this.#isStalled) response.pause()
    })
  }

  #lose(request: ClientRequest): void {
    if (request !== this.#request) return
    this.#request = undefined
    this.#response = undefined
    this.#losses += 1
    this.#return = setTimeout(() => this.#dial(), RETURN_AFTER_MS)
  }
}
