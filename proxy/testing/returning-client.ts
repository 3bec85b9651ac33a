import { type ClientRequest, get, type IncomingMessage } from 'node:http'

import { eventually } from './deadline.ts'
import { type ReadEvent, ReferenceReader } from './reference-reader.ts'

const RETURN_AFTER_MS = 20

/** A client that comes back with its last event id whenever it loses its stream, as a browser does, unless it was told to leave. */
export class ReturningClient implements AsyncDisposable {
  readonly #port: number
  readonly #onEvent: (event: ReadEvent) => void
  #reader = new ReferenceReader()
  /** The latest; undefined while it is away or waits to come back. */
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #return: NodeJS.Timeout | undefined
  #isAway = true
  #isStalled = false

  constructor(port: number, onEvent: (event: ReadEvent) => void) {
    this.#port = port
    this.#onEvent = onEvent
  }

  get isAway(): boolean {
    return this.#isAway
  }

  get isStalled(): boolean {
    return this.#isStalled
  }

  /** Comes, or comes back; resolves once it has a stream. */
  async come(): Promise<void> {
    this.#isAway = false
    this.#dial()
    await eventually('a client has its stream', () => this.#response !== undefined)
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

  /** Reads nothing until it is told to go on. */
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
    const headers = lastEventId === '' ? {} : { 'Last-Event-ID': lastEventId }
    const request = get({ host: '127.0.0.1', port: this.#port, agent: false, headers })
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
        // What it reads after it has left does not count.
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
    this.#return = setTimeout(() => this.#dial(), RETURN_AFTER_MS)
  }
}
