import type { ClientRequest } from '../client/client-request.ts'
import type { ConnectionSettings } from '../client/connection.ts'
import type { RawClient } from '../client/raw-client.ts'
import type { OriginExchange, OriginResponse } from '../origin/origin-exchange.ts'
import { Finding } from '../runner/outcome/verdict.ts'
import type { Backend } from './backend.ts'
import { ownAnswer } from './finding/own-answer.ts'
import { FrontSide } from './front-side.ts'
import { Stream } from './stream.ts'

export interface StreamRequest {
  readonly request?: Partial<ClientRequest> | undefined
  /** The back end's response. A concentrator gets it on a new upstream connection. */
  readonly answer?: OriginResponse | undefined
  /**
   * True: a concentrator gets a new upstream connection, so that the first bytes begin a stream.
   */
  readonly newUpstream?: boolean | undefined
  /** False: a concentrator gets no marker first. */
  readonly marked?: boolean | undefined
  readonly connection?: ConnectionSettings | undefined
}

/** A request through a gateway. */
export interface RelayedRequest extends Partial<ClientRequest> {
  /** Part of the target that identifies the request at the back end. Default: the whole target. */
  readonly mark?: string | undefined
  readonly connection?: ConnectionSettings | undefined
  /** Sends it on the connection of this client, whose response has ended. */
  readonly on?: RawClient | undefined
}

/** A client and its request at the back end. */
export interface Relayed {
  readonly client: RawClient
  readonly upstream: OriginExchange
}

/** Statuses with which a gateway says that it cannot reach the back end now. */
const OWN_TROUBLE = new Set([502, 503, 504])
/** A front may hold several connections that the back end has ended. */
const MAX_TRIES = 5
/** A target that replaces a connection after so short a silence may do so because we are late. */
const HASTY_MS = 10_000

/**
 * The tools of a check: clients, back ends, and bounded waits. Everything that it opens is closed
 * after the check.
 */
export class Rig extends FrontSide {
  #hasHolder = false

  /** The first back end: with credentials and header overrides. */
  get backend(): Backend {
    return this.backends[0]
  }

  /** The second back end: plain. */
  get second(): Backend {
    return this.backends[1] ?? this.skip('the target reads from one back end only')
  }

  /** A client with a response head, and its upstream. */
  async stream(wanted: StreamRequest = {}): Promise<Stream> {
    return this.role === 'gateway' ? this.#relayedStream(wanted) : this.#sharedStream(wanted)
  }

  /** Sends a request with a unique path. Returns the resulting request at the back end. */
  async relay(request: RelayedRequest = {}): Promise<Relayed> {
    const first = await this.#tryRelay(request)
    if (first.upstream !== undefined) return { ...first, upstream: first.upstream }
    const status = first.client.head?.status
    if (request.version === '1.0' && (status === 426 || status === 505))
      this.skip(`the target answers HTTP/1.0 with ${status}: it does not speak it`)
    if (status === undefined || !OWN_TROUBLE.has(status) || request.on !== undefined)
      this.fail(
        `${ownAnswer(first.client)}; the request never reached the back end`,
        'not-forwarded',
      )
    // Pooled connections may just have ended: `reuse.stale` judges that, and no other check.
    for (let tries = 1; tries < MAX_TRIES; tries += 1) {
      this.transcript.note('client', first.client.name, `${status} by itself: one more attempt`)
      const next = await this.#tryRelay(request)
      if (next.upstream !== undefined) return { ...next, upstream: next.upstream }
    }
    throw new Finding(
      'inconclusive',
      `${ownAnswer(first.client)}, and also to ${MAX_TRIES - 1} more attempts; the request never reached the back end`,
    )
  }

  /**
   * Ends the check without a verdict, so that it gets another attempt, when the target answers that
   * it cannot reach the back end. Like `relay`, for requests that a target may refuse.
   */
  requireReachable(client: RawClient): void {
    const status = client.head?.status
    if (status === undefined || !OWN_TROUBLE.has(status)) return
    this.inconclusive(`${ownAnswer(client)}; the request never reached the back end`)
  }

  /**
   * Sends a request without a second attempt. `upstream` is undefined when the target answered it
   * by itself.
   */
  async #tryRelay({
    on,
    mark,
    connection,
    ...request
  }: RelayedRequest): Promise<{ client: RawClient; upstream: OriginExchange | undefined }> {
    const token = this.token()
    const sent = { target: this.pathOf(token), ...request }
    on?.again(sent)
    const client = on ?? this.connect(sent, undefined, connection)
    const wanted = mark ?? request.target ?? token
    const arrived = (): OriginExchange | undefined =>
      this.backend.requests.find(
        ({ request: { target }, answered }) => !answered && target.includes(wanted),
      )
    // A target that still processes requests of others is slow, not dead.
    const isOver = await this.eventuallyWhileGrowing(
      () => this.backend.requests.length + this.backend.origin.acceptedCount,
      () => arrived() !== undefined || client.closed || client.head !== undefined,
    )
    if (!isOver) this.fail(this.#notForwarded(sent.target, wanted), 'not-forwarded')
    return { client, upstream: arrived() }
  }

  #notForwarded(target: string, wanted: string): string {
    const part = this.backend.origin.unfinished.find((request) => request.target.includes(wanted))
    return part === undefined
      ? `the request for ${target} did not reach the back end at ${this.backend.originUrl} (waited ${Math.round(this.holdMs)} ms)`
      : `the request did not reach the back end whole: ${part.bodyBytes} bytes of its content did (waited ${Math.round(this.holdMs)} ms)`
  }

  /** Waits until the target holds a stream at the back end, and returns it. */
  async upstreamOf(backend: Backend, limitMs = this.reconnectMs): Promise<OriginExchange> {
    await this.#awaitLasting(backend, limitMs)
    await this.#requireStream(backend, limitMs)
    const { stream } = backend
    if (stream === undefined)
      this.fail(`the target disconnected from back end ${backend.name} at once`)
    return stream
  }

  /** Ends the target's stream at a back end and waits for the next one, answered as wanted. */
  async renewUpstream(backend: Backend, answer: OriginResponse = {}): Promise<OriginExchange> {
    const old = await this.upstreamOf(backend)
    backend.answerWith(answer)
    old.end()
    old.fin()
    await this.requireEventually(
      () => backend.stream !== undefined && backend.stream !== old,
      `the target did not reconnect to back end ${backend.name} after the end of its stream`,
      this.reconnectMs,
      'not-reconnected',
    )
    backend.resetAnswer()
    return this.upstreamOf(backend)
  }

  /** Closes everything that the check opened. */
  async close(): Promise<void> {
    this.closeClients()
    await this.target.close()
    for (const backend of this.backends) {
      backend.resetAnswer()
      if (this.role === 'gateway') for (const upstream of backend.requests) upstream.reset()
      backend.forget()
    }
  }

  async #requireStream(backend: Backend, limitMs: number): Promise<void> {
    await this.requireEventually(
      () => backend.stream !== undefined,
      () => this.#noStream(backend),
      limitMs,
      'no-upstream',
    )
  }

  /**
   * A target may connect to its back ends only while it has clients: the first call connects one,
   * which stays until the end of the check.
   */
  #holdUpstreams(): RawClient | undefined {
    const needsNone = this.role === 'gateway' || this.claimsTo('standing-upstream')
    if (this.#hasHolder || needsNone) return undefined
    this.#hasHolder = true
    return this.connect()
  }

  /**
   * Such a target may still end the connection that it had for the clients of the check before. The
   * one that delivers a marker to the client above lasts.
   */
  async #awaitLasting(backend: Backend, limitMs: number): Promise<void> {
    const holder = this.#holdUpstreams()
    if (holder === undefined) return
    const marker = `start-${this.token()}`
    const isOver = (): boolean => holder.hasEvent(marker) || holder.closed
    for (let tries = 0; tries < MAX_TRIES && !isOver(); tries += 1) {
      await this.#requireStream(backend, limitMs)
      const { stream } = backend
      stream?.write(`data: ${marker}\n\n`)
      await this.eventually(() => isOver() || stream?.closed === true)
      if (stream?.closed === false) return
    }
  }

  #noStream({ name, settings: { url }, requests }: Backend): string {
    const last = requests.at(-1)
    const seen =
      last === undefined
        ? `no request has come to ${url}`
        : `its last request was ${last.request.method} ${last.request.target}`
    return `the target holds no stream at back end ${name}: ${seen}`
  }

  async #relayedStream({ request, answer, connection }: StreamRequest): Promise<Stream> {
    const { client, upstream } = await this.relay({ ...request, connection })
    const stream = new Stream(this, this.role, client, upstream)
    upstream.answer(answer)
    return stream
  }

  async #sharedStream({
    request,
    answer,
    newUpstream,
    marked = true,
    connection,
  }: StreamRequest): Promise<Stream> {
    const { backend } = this
    const renew = answer !== undefined || newUpstream === true
    if (renew) this.#holdUpstreams()
    else await this.#awaitLasting(backend, this.reconnectMs)
    const old = backend.stream
    if (renew) {
      backend.answerWith(answer ?? {})
      old?.end()
      old?.fin()
    }
    // Connect the client first: a target may open its upstream connection only then.
    const client = await this.connectInTime(request, connection)
    await this.requireEventually(
      () => backend.stream !== undefined && !(renew && backend.stream === old),
      () => this.#noStream(backend),
      this.reconnectMs,
      renew ? 'not-reconnected' : 'no-upstream',
    )
    backend.resetAnswer()
    // A target that refuses the answer has another stream soon, with another answer.
    const upstream = await this.upstreamOf(backend)
    await this.opens(client)
    const stream = new Stream(this, this.role, client, upstream)
    const renewed = answer === undefined ? () => this.upstreamOf(backend) : undefined
    const isHasty = (this.claims.silenceMs ?? Infinity) < HASTY_MS
    if (marked) await stream.synchronise(renewed ?? describe(answer), isHasty)
    return stream
  }
}

/** A response head in a finding: its status and fields. */
function describe({ status = 200, fields = [] }: OriginResponse = {}): string {
  return [status, ...fields.map(({ name, value }) => `${name}: ${value}`)].join(', ')
}
