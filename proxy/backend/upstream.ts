import type { Boundary, BoundaryGuard } from '../boundary-guard.ts'
import type { BackEndTarget } from '../config/config.ts'
import { forwardProxyFor } from '../config/forward-proxies.ts'
import type { BackEndSettings, ProxySettings } from '../config/settings.ts'
import { Deadline } from '../deadline.ts'
import { ProxyError } from '../errors.ts'
import { FrameSplitter } from '../sse/frame-splitter.ts'
import type { BackEndMessage, RequestEvents } from './back-end-request.ts'
import { readResponse } from './back-end-response.ts'
import { decodeBody } from './content-coding.ts'
import type { EventConnection } from './event-connection.ts'
import type { CookieJar } from './cookie-jar.ts'
import { connectionTrouble, locationOf, lost, refused } from './trouble.ts'
import { CHAIN_FIELD, type ProxyChain, readChain } from './proxy-chain.ts'
import { openRequest } from './open-request.ts'
import { Probes } from './probes.ts'
import { readRedirect, type Redirect } from './redirect.ts'
import { requestFields } from './request-fields.ts'
import { proxyName } from './tunnel-agent.ts'
import type { UpstreamEnd } from './upstream-end.ts'

export type UpstreamLimits = BackEndSettings & Pick<ProxySettings, 'maxFrameBytes'>

/**
 * The callbacks get the upstream that calls them: while one connection replaces another, a back end
 * has several.
 */
export interface UpstreamOptions {
  readonly target: BackEndTarget
  readonly limits: UpstreamLimits
  readonly cookies: CookieJar
  readonly nowMs: () => number
  readonly guard: BoundaryGuard
  /** The id after which the back end resumes; undefined = it starts with its next event. */
  readonly lastEventId: string | undefined
  /** The back end answered with an event stream that has passed through these proxies. */
  readonly onOpen: (upstream: Upstream, chain: ProxyChain) => void
  /** A frame as received; it may share memory with the connection. */
  readonly onFrame: (upstream: Upstream, frame: Buffer) => void
  /** No byte was received for `silenceMs`; the connection is still open. */
  readonly onSilence: (upstream: Upstream) => void
  /** The connection has ended or could not be opened. Called once, as the last callback. */
  readonly onEnd: (upstream: Upstream, end: UpstreamEnd) => void
}

const MAX_REDIRECTS = 5
const MAX_INTERIM_RESPONSES = 100
/** Real streams compress to about a tenth. A decompression bomb compresses more. */
const MAX_DECODED_PER_CODED = 250

/**
 * One attempt to get a back end's event stream: one connection at a time, no retry. See `BackEnd`.
 */
export class Upstream implements EventConnection {
  readonly #options: UpstreamOptions
  readonly #splitter: FrameSplitter
  /** Ends the request. */
  #stop = new AbortController()
  #url: URL
  /**
   * Whether a redirect has led to another origin. From there on the proxy sends neither credentials
   * nor `httpHeaders`.
   */
  #hasLeftOrigin = false
  #deadline: Deadline | undefined
  #probes: Probes | undefined
  #isSilent = false
  #heardMs = 0
  #hasEnded = false

  constructor(options: UpstreamOptions) {
    this.#options = options
    this.#splitter = new FrameSplitter(options.limits)
    this.#url = options.target.uri
  }

  start(): void {
    this.#sendRequest({ url: this.#options.target.uri, widestScope: undefined }, MAX_REDIRECTS)
  }

  /** Whether an event has started and is not complete. */
  get hasPartialFrame(): boolean {
    return this.#splitter.pendingBytes > 0
  }

  /** Number of comments received: regular comments are heartbeats. */
  get comments(): number {
    return this.#splitter.comments
  }

  /** Whether no byte was received for `silenceMs`. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /** When the last byte of the stream was received; 0 = none yet. */
  get heardMs(): number {
    return this.#heardMs
  }

  /** Ends the attempt and calls `onEnd`. Does nothing when it has already ended. */
  end(error: ProxyError, retryAfterMs = 0, refusesRequest = false): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#deadline?.clear()
    this.#probes?.clear()
    this.#stop.abort()
    this.#options.onEnd(this, { error: this.#withLocation(error), retryAfterMs, refusesRequest })
  }

  #sendRequest({ url, widestScope }: Redirect, redirectsLeft: number): void {
    this.#guarded('back-end', () => {
      const { target, limits, cookies, lastEventId } = this.#options
      this.#url = url
      this.#hasLeftOrigin ||= url.origin !== target.uri.origin
      const isTrusted = !this.#hasLeftOrigin
      const nowMs = Date.now()
      const fields = requestFields({ target, url, isTrusted, cookies, lastEventId, nowMs })
      const { connectMs } = limits
      this.#stop = new AbortController()
      const { signal } = this.#stop
      const proxy = forwardProxyFor(url, target.forwardProxies)
      // A tunnel names its forward proxy itself.
      const peer = proxy !== undefined && url.protocol === 'http:' ? proxyName(proxy) : undefined
      const through = proxy === undefined ? '' : ` through ${proxyName(proxy)}`
      this.#expectWithin(`connection${through}`, connectMs)
      const request = { url, widestScope, target, isTrusted, fields, connectMs, signal }
      openRequest(request, this.#eventsOf(signal, redirectsLeft, peer))
    })
  }

  #eventsOf(signal: AbortSignal, redirectsLeft: number, peer: string | undefined): RequestEvents {
    const { limits } = this.#options
    const whileCurrent = (work: () => void): void => {
      if (!signal.aborted && !this.#hasEnded) this.#guarded('back-end', work)
    }
    let interimResponses = 0
    return {
      onConnected: (socket) =>
        whileCurrent(() => {
          if (limits.keepAliveMs > 0) socket.setKeepAlive(true, limits.keepAliveMs)
          this.#expectWithin('response head', limits.headMs)
        }),
      onInterim: () =>
        whileCurrent(() => {
          interimResponses += 1
          if (interimResponses <= MAX_INTERIM_RESPONSES) return
          this.end(
            refused(`sent more than ${MAX_INTERIM_RESPONSES} interim responses, expected 200`),
          )
        }),
      onResponse: (response) => whileCurrent(() => this.#handleResponse(response, redirectsLeft)),
      onFailed: (error) => whileCurrent(() => this.end(connectionTrouble(error, peer))),
    }
  }

  #handleResponse(response: BackEndMessage, redirectsLeft: number): void {
    const nowMs = Date.now()
    this.#options.cookies.keep(this.#url, response.headers['set-cookie'] ?? [], nowMs)
    const result = readResponse(response, nowMs)
    switch (result.kind) {
      case 'no-stream':
        this.end(result.error, result.retryAfterMs, result.refusesRequest)
        break
      case 'redirect':
        this.#follow(result.location, response.remoteAddress, redirectsLeft)
        break
      case 'stream':
        this.#readBody(response, result.codings)
    }
  }

  /**
   * [fetch §4.4] A redirect applies to this attempt. The next attempt starts at the configured URL.
   */
  #follow(location: string, address: string, redirectsLeft: number): void {
    if (redirectsLeft === 0) {
      this.end(refused(`redirects more than ${MAX_REDIRECTS} times`))
      return
    }
    const { target, limits } = this.#options
    const redirect = this.#orEnd(() =>
      readRedirect(location, {
        target: target.uri,
        from: this.#url,
        address,
        // A forward proxy looks up names itself, so that their addresses cannot be compared.
        allowed:
          target.forwardProxies === undefined
            ? limits.redirectOrigins
            : limits.redirectOrigins.filter((origin) => origin !== '*'),
      }),
    )
    if (redirect === undefined) return
    this.#stop.abort()
    this.#sendRequest(redirect, redirectsLeft - 1)
  }

  #readBody(response: BackEndMessage, codings: Parameters<typeof decodeBody>[1]): void {
    const { limits, onOpen, onFrame } = this.#options
    this.#deadline = this.#startDeadline(limits.silenceMs, () => {
      this.#isSilent = true
      this.#options.onSilence(this)
    })
    onOpen(this, readChain(response.headers[CHAIN_FIELD]))
    if (this.#hasEnded) return
    this.#probes = this.#startProbes(response)
    const forward = (frame: Buffer): void => onFrame(this, frame)
    let codedBytes = 0
    let decodedBytes = 0
    response.on('data', (bytes: Buffer) => {
      if (this.#hasEnded) return
      codedBytes += bytes.length
      this.#heardMs = this.#options.nowMs()
      this.#isSilent = false
      this.#deadline?.refresh()
      this.#probes?.heard()
    })
    const body = decodeBody(response, codings)
    body.on('data', (bytes: Buffer) => {
      if (this.#hasEnded) return
      decodedBytes += bytes.length
      this.#guarded('back-end', () => {
        if (decodedBytes > limits.maxFrameBytes + MAX_DECODED_PER_CODED * codedBytes) {
          const message = `sent ${codedBytes} coded bytes that decode to more than ${MAX_DECODED_PER_CODED} times as many`
          this.end(refused(message))
        }
        this.#orEnd(() => this.#splitter.push(bytes, forward))
      })
    })
    const endLater = (error: ProxyError) => this.#guarded('back-end', () => this.end(error))
    body.on('error', (error) => endLater(lost(`the connection broke: ${error.message}`, error)))
    body.once('close', () => endLater(lost(response.farewell ?? 'the back end ended the stream')))
  }

  /** TCP keep-alive says that the host is there, not that it still speaks HTTP/2. */
  #startProbes(response: BackEndMessage): Probes | undefined {
    const { limits, nowMs } = this.#options
    if (response.ask === undefined || limits.keepAliveMs === 0) return undefined
    const { keepAliveMs: silenceMs, connectMs: answerMs } = limits
    return new Probes({
      ask: (onAnswer) => response.ask?.(onAnswer),
      silenceMs,
      answerMs,
      nowMs,
      guarded: (work) => this.#guarded('timer', work),
      onNoAnswer: () => this.end(lost(`no answer to a PING of HTTP/2 within ${answerMs} ms`)),
    })
  }

  #expectWithin(what: string, ms: number): void {
    this.#deadline = this.#startDeadline(ms, () => this.end(lost(`no ${what} within ${ms} ms`)))
  }

  /** Replaces the current deadline. */
  #startDeadline(ms: number, onTimeout: () => void): Deadline {
    this.#deadline?.clear()
    return new Deadline(ms, this.#options.nowMs, () => this.#guarded('timer', onTimeout))
  }

  /** An unexpected exception ends this connection only. */
  #guarded(boundary: Boundary, work: () => void): void {
    this.#options.guard.run(boundary, work, () =>
      this.end(lost('an exception in the proxy ended the attempt: see the log')),
    )
  }

  /** Returns the result of the work. A `ProxyError` ends the attempt. */
  #orEnd<Value>(work: () => Value): Value | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      this.end(error)
      return undefined
    }
  }

  /** Adds the URL to the message when a redirect has led to another one. */
  #withLocation(error: ProxyError): ProxyError {
    const { uri, credentials, httpHeaders } = this.#options.target
    if (this.#url === uri) return error
    const hasLogin = credentials !== undefined || Object.keys(httpHeaders).length > 0
    const left =
      hasLogin && this.#hasLeftOrigin
        ? '; credentials and httpHeaders were left behind by the redirect to another origin'
        : ''
    const message = `${locationOf(this.#url)}, where a redirect led: ${error.message}${left}`
    return new ProxyError(error.code, message, { cause: error })
  }
}
