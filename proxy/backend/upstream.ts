import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

import { Deadline } from '../deadline.ts'
import { ProxyError } from '../errors.ts'
import { readAnswer } from './answer.ts'
import type { CookieJar } from './cookie-jar.ts'

/** Where one back end is and how to ask it. */
export interface UpstreamTarget {
  readonly uri: URL
  /** Sent as they stand, over what the proxy sends by itself [protocol §4.3]. */
  readonly httpHeaders: Readonly<Record<string, string>>
  readonly credentials: { readonly username: string; readonly password: string } | undefined
}

export interface UpstreamLimits {
  /** Until the connection stands. */
  readonly connectMs: number
  /** From then until the response's header fields. */
  readonly headMs: number
  /** Longest time without a byte [protocol §4.6]. */
  readonly silenceMs: number
}

export interface UpstreamOptions {
  readonly target: UpstreamTarget
  readonly limits: UpstreamLimits
  readonly cookies: CookieJar
  readonly nowMs: () => number
  /** Where the back end is to go on; undefined = with its next event. */
  readonly lastEventId: string | undefined
  /** The back end answered with an event stream; the names of the proxies that it comes through, nearest first. */
  readonly onOpen: (chain: readonly string[]) => void
  readonly onBytes: (bytes: Buffer) => void
  /** The connection is over, or never was; called once, and nothing after it. */
  readonly onEnd: (error: ProxyError, retryAfterMs: number) => void
}

/** Response field in which proxies name themselves, so that a loop of proxies is found. */
const CHAIN_FIELD = 'SSE-Proxy-Chain'

const MOST_REDIRECTS = 5

/** One attempt to get a back end's event stream: one connection at a time, no retry. See `BackEnd`. */
export class Upstream {
  readonly #options: UpstreamOptions
  #request: ClientRequest | undefined
  #deadline: Deadline | undefined
  #isOver = false

  constructor(options: UpstreamOptions) {
    this.#options = options
  }

  start(): void {
    this.#ask(this.#options.target.uri, MOST_REDIRECTS)
  }

  /** Ends it; `onEnd` is called unless it has been. */
  end(error: ProxyError, retryAfterMs = 0): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deadline?.clear()
    this.#request?.destroy()
    this.#options.onEnd(error, retryAfterMs)
  }

  #ask(url: URL, redirectsLeft: number): void {
    const { limits } = this.#options
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(url, { agent: false, headers: this.#headersFor(url) })
    this.#request = request
    this.#expect('connection', limits.connectMs)
    onConnected(request, () => this.#expect('response head', limits.headMs))
    request.once('response', (response) => {
      if (request === this.#request) this.#judge(response, url, redirectsLeft)
    })
    request.on('error', (error) => {
      if (request === this.#request) this.end(lost(error.message, error))
    })
    request.end()
  }

  #judge(response: IncomingMessage, url: URL, redirectsLeft: number): void {
    this.#options.cookies.keep(response.headers['set-cookie'] ?? [])
    const answer = readAnswer(response, Date.now())
    if (answer.kind === 'no-stream') this.end(answer.error, answer.retryAfterMs)
    else if (answer.kind === 'redirect') this.#follow(answer.location, url, redirectsLeft)
    else this.#read(response)
  }

  /** [fetch §4.4] A redirect holds for this attempt; the next one begins at the configured URL. */
  #follow(location: string, from: URL, redirectsLeft: number): void {
    const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
    if (to === undefined || !['http:', 'https:'].includes(to.protocol)) {
      this.end(refused('redirects to something that is no http or https URL'))
    } else if (redirectsLeft === 0) {
      this.end(refused(`redirects more than ${MOST_REDIRECTS} times`))
    } else {
      this.#request?.destroy()
      this.#ask(to, redirectsLeft - 1)
    }
  }

  #read(response: IncomingMessage): void {
    const { limits, onOpen, onBytes } = this.#options
    this.#expect('byte', limits.silenceMs)
    const chain = response.headers[CHAIN_FIELD.toLowerCase()]
    onOpen(typeof chain === 'string' ? chain.split(',').map((name) => name.trim()) : [])
    response.on('data', (bytes: Buffer) => {
      if (this.#isOver) return
      this.#deadline?.refresh()
      onBytes(bytes)
    })
    response.once('close', () => this.end(lost('the back end ended the stream')))
    response.on('error', (error) => this.end(lost(`the connection broke: ${error.message}`, error)))
  }

  #expect(what: string, ms: number): void {
    this.#deadline?.clear()
    const tooLate = (): void => this.end(lost(`no ${what} within ${ms} ms`))
    this.#deadline = new Deadline(ms, this.#options.nowMs, tooLate)
  }

  #headersFor(url: URL): Readonly<Record<string, string>> {
    const { target, cookies, lastEventId } = this.#options
    const headers: Record<string, string> = {
      Accept: 'text/event-stream',
      'Cache-Control': 'no-cache',
    }
    // [sse §9.2.3] In UTF-8; Node writes header fields as Latin-1.
    const id = lastEventId === undefined ? '' : Buffer.from(lastEventId).toString('latin1')
    if (id !== '' && /^[\t -~\u0080-\u00ff]+$/.test(id)) headers['Last-Event-ID'] = id
    // [fetch §4.4] What is meant for one origin is not told to another.
    if (url.origin !== target.uri.origin) return headers
    if (cookies.field !== undefined) headers['Cookie'] = cookies.field
    if (target.credentials !== undefined) {
      const { username, password } = target.credentials
      headers['Authorization'] =
        `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    }
    for (const [name, value] of Object.entries(target.httpHeaders)) {
      for (const own of Object.keys(headers)) {
        if (own.toLowerCase() === name.toLowerCase()) delete headers[own]
      }
      headers[name] = value
    }
    return headers
  }
}

function onConnected(request: ClientRequest, listener: () => void): void {
  request.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', listener)
    else listener()
  })
}

function lost(message: string, cause?: Error): ProxyError {
  return new ProxyError('back-end-lost', message, { cause })
}

function refused(message: string): ProxyError {
  return new ProxyError('back-end-refused', message)
}
