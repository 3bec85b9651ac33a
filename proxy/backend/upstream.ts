import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'

import type { Boundary, BoundaryGuard } from '../boundary-guard.ts'
import type { BackEndTarget } from '../config/schema.ts'
import type { BackEndSettings, ProxySettings } from '../config/settings.ts'
import { Deadline } from '../deadline.ts'
import { ProxyError } from '../errors.ts'
import { FrameSplitter } from '../sse/frame-splitter.ts'
import { readAnswer } from './answer.ts'
import { decodeBody } from './content-coding.ts'
import type { CookieJar } from './cookie-jar.ts'
import { connectionTrouble, lost, place, refused } from './trouble.ts'
import { CHAIN_FIELD, type ProxyChain, readChain } from './proxy-chain.ts'
import { hostOf, lookupWithin, readRedirect, type Redirect } from './redirect.ts'
import { requestFields } from './request-fields.ts'

export type UpstreamLimits = BackEndSettings & Pick<ProxySettings, 'maxFrameBytes'>

export interface UpstreamOptions {
  readonly target: BackEndTarget
  readonly limits: UpstreamLimits
  readonly cookies: CookieJar
  readonly nowMs: () => number
  readonly guard: BoundaryGuard
  /** Where the back end is to go on; undefined = with its next event. */
  readonly lastEventId: string | undefined
  /** The back end answered with an event stream that comes through these proxies. */
  readonly onOpen: (chain: ProxyChain) => void
  /** A frame as it came; it may share memory with the connection. */
  readonly onFrame: (frame: Buffer) => void
  /** No byte has come for `silenceMs`; the connection is still open. */
  readonly onSilence: () => void
  /** The connection is over, or never was; called once, and nothing after it. */
  readonly onEnd: (end: UpstreamEnd) => void
}

export interface UpstreamEnd {
  readonly error: ProxyError
  /** How long the back end asks to be left alone; 0 = it does not say. */
  readonly retryAfterMs: number
  /** Whether the back end may have refused what the proxy sends back to it, an id or a cookie. */
  readonly refusesRequest: boolean
}

const MOST_REDIRECTS = 5
const MOST_INTERIM_ANSWERS = 100
const MOST_HEAD_BYTES = 16_384
/** Text of real streams shrinks to a tenth or so; a stream that only fills the processor shrinks more. */
const MOST_DECODED_PER_CODED = 250

/** One attempt to get a back end's event stream: one connection at a time, no retry. See `BackEnd`. */
export class Upstream {
  readonly #options: UpstreamOptions
  readonly #splitter: FrameSplitter
  #request: ClientRequest | undefined
  #url: URL
  /** Whether a redirect has led to another origin: the login and the fields of the file stay behind from there on. */
  #hasLeftOrigin = false
  #deadline: Deadline | undefined
  #isSilent = false
  #isOver = false

  constructor(options: UpstreamOptions) {
    this.#options = options
    this.#splitter = new FrameSplitter(options.limits)
    this.#url = options.target.uri
  }

  start(): void {
    this.#ask({ url: this.#options.target.uri, widestScope: undefined }, MOST_REDIRECTS)
  }

  /** Whether an event has begun and not ended. */
  get isAmidFrame(): boolean {
    return this.#splitter.pendingBytes > 0
  }

  /** Comments so far: a back end that sends them regularly does so to be heard. */
  get comments(): number {
    return this.#splitter.comments
  }

  /** Whether no byte has come for `silenceMs`. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /** Ends it; `onEnd` is called unless it has been. */
  end(error: ProxyError, retryAfterMs = 0, refusesRequest = false): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deadline?.clear()
    this.#request?.destroy()
    this.#options.onEnd({ error: this.#withPlace(error), retryAfterMs, refusesRequest })
  }

  #ask({ url, widestScope }: Redirect, redirectsLeft: number): void {
    this.#guarded('back-end', () => {
      const { target, limits, cookies, lastEventId } = this.#options
      this.#url = url
      this.#hasLeftOrigin ||= url.origin !== target.uri.origin
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest
      const host = hostOf(url)
      const request = send(url, {
        agent: false,
        headers: requestFields({
          target,
          url,
          isTrusted: !this.#hasLeftOrigin,
          cookies,
          lastEventId,
          nowMs: Date.now(),
        }),
        maxHeaderSize: MOST_HEAD_BYTES,
        // [RFC 6066 §3] The certificate is that of the URL's host, whatever a Host field says.
        servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '',
        ...(widestScope === undefined ? {} : { lookup: lookupWithin(widestScope) }),
      })
      this.#request = request
      this.#watch(request, redirectsLeft)
      this.#expect('connection', limits.connectMs)
      request.end()
    })
  }

  #watch(request: ClientRequest, redirectsLeft: number): void {
    const { limits } = this.#options
    const whileCurrent = (work: () => void): void => {
      if (request === this.#request && !this.#isOver) this.#guarded('back-end', work)
    }
    let interimAnswers = 0
    let isAnswered = false
    onConnected(request, (socket) =>
      whileCurrent(() => {
        if (limits.keepAliveMs > 0) socket.setKeepAlive(true, limits.keepAliveMs)
        this.#expect('response head', limits.headMs)
      }),
    )
    request.on('information', () =>
      whileCurrent(() => {
        interimAnswers += 1
        if (interimAnswers <= MOST_INTERIM_ANSWERS) return
        this.end(refused(`sent more than ${MOST_INTERIM_ANSWERS} interim answers, expected 200`))
      }),
    )
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      whileCurrent(() => this.end(refused('answered 101, expected 200')))
    })
    request.on('response', (response) => {
      isAnswered = true
      whileCurrent(() => this.#judge(response, redirectsLeft))
    })
    request.on('error', (error) => whileCurrent(() => this.end(connectionTrouble(error))))
    request.on('close', () => {
      if (!isAnswered) whileCurrent(() => this.end(lost('closed without an answer')))
    })
  }

  #judge(response: IncomingMessage, redirectsLeft: number): void {
    const nowMs = Date.now()
    this.#options.cookies.keep(this.#url, response.headers['set-cookie'] ?? [], nowMs)
    const answer = readAnswer(response, nowMs)
    switch (answer.kind) {
      case 'no-stream':
        this.end(answer.error, answer.retryAfterMs, answer.refusesRequest)
        break
      case 'redirect':
        this.#follow(answer.location, response.socket.remoteAddress ?? '', redirectsLeft)
        break
      case 'stream':
        this.#read(response, answer.codings)
    }
  }

  /** [fetch §4.4] A redirect holds for this attempt; the next one begins at the configured URL. */
  #follow(location: string, address: string, redirectsLeft: number): void {
    if (redirectsLeft === 0) {
      this.end(refused(`redirects more than ${MOST_REDIRECTS} times`))
      return
    }
    const { target, limits } = this.#options
    const redirect = this.#orEnd(() =>
      readRedirect(location, {
        target: target.uri,
        from: this.#url,
        address,
        allowed: limits.redirectOrigins,
      }),
    )
    if (redirect === undefined) return
    const request = this.#request
    this.#request = undefined
    request?.destroy()
    this.#ask(redirect, redirectsLeft - 1)
  }

  #read(response: IncomingMessage, codings: Parameters<typeof decodeBody>[1]): void {
    const { limits, onOpen, onFrame } = this.#options
    this.#deadline = this.#timer(limits.silenceMs, () => {
      this.#isSilent = true
      this.#options.onSilence()
    })
    onOpen(readChain(response.headers[CHAIN_FIELD]))
    if (this.#isOver) return
    let codedBytes = 0
    let decodedBytes = 0
    response.on('data', (bytes: Buffer) => {
      if (this.#isOver) return
      codedBytes += bytes.length
      this.#isSilent = false
      this.#deadline?.refresh()
    })
    const body = decodeBody(response, codings)
    body.on('data', (bytes: Buffer) => {
      if (this.#isOver) return
      decodedBytes += bytes.length
      this.#guarded('back-end', () => {
        if (decodedBytes > limits.maxFrameBytes + MOST_DECODED_PER_CODED * codedBytes) {
          const message = `sent ${codedBytes} coded bytes that decode to more than ${MOST_DECODED_PER_CODED} times as many`
          this.end(refused(message))
        }
        this.#orEnd(() => this.#splitter.push(bytes, onFrame))
      })
    })
    const endLater = (error: ProxyError) => this.#guarded('back-end', () => this.end(error))
    body.on('error', (error) => endLater(lost(`the connection broke: ${error.message}`, error)))
    body.once('close', () => endLater(lost('the back end ended the stream')))
  }

  #expect(what: string, ms: number): void {
    this.#deadline = this.#timer(ms, () => this.end(lost(`no ${what} within ${ms} ms`)))
  }

  /** In the place of the timer before. */
  #timer(ms: number, onTimeout: () => void): Deadline {
    this.#deadline?.clear()
    return new Deadline(ms, this.#options.nowMs, () => this.#guarded('timer', onTimeout))
  }

  /** An exception that nobody expected costs this connection. */
  #guarded(boundary: Boundary, work: () => void): void {
    this.#options.guard.run(boundary, work, () =>
      this.end(lost('an exception in the proxy ended the attempt, the log has it')),
    )
  }

  /** What the work gives; a `ProxyError` ends the attempt. */
  #orEnd<Value>(work: () => Value): Value | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      this.end(error)
      return undefined
    }
  }

  /** Says where it happened when that is not the configured URL. */
  #withPlace(error: ProxyError): ProxyError {
    const { uri, credentials, httpHeaders } = this.#options.target
    if (this.#url === uri) return error
    const hasLogin = credentials !== undefined || Object.keys(httpHeaders).length > 0
    const left =
      hasLogin && this.#hasLeftOrigin
        ? '; credentials and httpHeaders were left behind by the redirect to another origin'
        : ''
    const message = `${place(this.#url)}, where a redirect led: ${error.message}${left}`
    return new ProxyError(error.code, message, { cause: error })
  }
}

function onConnected(request: ClientRequest, listener: (socket: Socket) => void): void {
  request.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', () => listener(socket))
    else listener(socket)
  })
}
