import type { BackEndTarget } from '../config/config.ts'
import { readFrame } from '../sse/frame.ts'
import { BackEndConnections } from './back-end-connections.ts'
import type { BackEndOptions, BackEndState } from './back-end-options.ts'
import { CookieJar } from './cookie-jar.ts'
import type { EventConnection } from './event-connection.ts'
import { LossNotice } from './loss-notice.ts'
import type { ProxyChain } from './proxy-chain.ts'
import type { RelayedEvents } from './relayed-events.ts'
import { whyNotSendable } from './request-fields.ts'
import { lost, refused } from './trouble.ts'
import type { UpstreamEnd } from './upstream-end.ts'
import { Upstream } from './upstream.ts'

/** One back end and the only connection to it [protocol §4.1]. It reconnects until `close`. */
export class BackEnd {
  readonly uri: URL
  readonly #options: BackEndOptions
  #target: BackEndTarget
  readonly #cookies = new CookieJar()
  readonly #connections: BackEndConnections
  readonly #loss: LossNotice
  /** By subject. */
  readonly #notices = new Map<string, string>()
  #state: BackEndState
  #wasTried = false
  #retry: NodeJS.Timeout | undefined
  #steady: NodeJS.Timeout | undefined
  /** Id of the back end's last event; empty if there is none that can be sent back. */
  #lastEventId = ''
  #chain: readonly string[] = []

  constructor(options: BackEndOptions) {
    const { target, limits, backoff, guard, onNotice, nowMs } = options
    this.uri = target.uri
    this.#options = options
    this.#target = target
    this.#state = { state: 'closed', sinceMs: nowMs() }
    this.#loss = new LossNotice({
      settleMs: limits.settleMs,
      onDue: () => guard.run('timer', options.onMissed),
      nowMs,
    })
    this.#connections = new BackEndConnections({
      newUpstream: () => this.#newUpstream(),
      onFrame: (bytes) => this.#forward(bytes),
      onPossibleLoss: () => {
        if (this.#lastEventId === '') this.#loss.lose()
      },
      onEnd: (end) => this.#waitAfter(end),
      onNotice,
      silenceMs: limits.silenceMs,
      backoff,
      guard,
    })
  }

  get state(): BackEndState {
    return this.#state
  }

  /** Whether it has been connected, or an attempt has failed. */
  get wasTried(): boolean {
    return this.#wasTried
  }

  /** When the last byte of the open stream was received; 0 = none yet. */
  get heardMs(): number {
    return this.#connections.heardMs
  }

  /** Id of its last event; empty if there is none that can be sent back. */
  get lastEventId(): string {
    return this.#lastEventId
  }

  /** Whether clients have had no notice yet of a loss. */
  get hasLostEvents(): boolean {
    return this.#loss.isPending
  }

  /** Counts the time before `start` as an outage: an earlier run had clients. */
  continueEarlierRun(): void {
    this.#loss.lose()
  }

  /** Names of the proxies that this back end's events pass through. */
  get chain(): readonly string[] {
    return this.#chain
  }

  /** Messages about what the back end sends and the proxy drops. */
  get notices(): readonly string[] {
    return [...this.#notices.values()]
  }

  /**
   * Connects after this event, also after `close`. Without an id, `isContinuation` = clients had
   * events before, so some may be lost.
   */
  startAfter(lastEventId: string | undefined, isContinuation: boolean): void {
    this.#lastEventId = lastEventId ?? ''
    this.#connections.forgetOthers()
    this.#loss.forget()
    if (isContinuation && lastEventId === undefined) this.#loss.lose()
    this.#options.backoff.reset()
    this.start()
  }

  /**
   * Gets the events of another process's connection, connects too, and then ends the other one, so
   * that each event comes once. `lastEventId` = the last id of the other process.
   */
  takeOver(relayed: RelayedEvents, lastEventId: string): void {
    this.#lastEventId = lastEventId
    this.#connections.beginWith(relayed)
    this.#change({ state: 'open', sinceMs: this.#options.nowMs() })
    relayed.receive({
      onFrame: (from, frame) => this.#connections.receive(from, frame),
      onEnd: (from, end) => this.#afterEnd(from, end),
    })
    this.#connections.replace(relayed)
  }

  /** Connects, and reconnects until `close`. */
  start(): void {
    this.#notices.clear()
    const upstream = this.#connections.begin()
    this.#change({ state: 'connecting', sinceMs: this.#options.nowMs() })
    upstream.start()
  }

  close(): void {
    if (this.#state.state === 'closed') return
    this.#change({ state: 'closed', sinceMs: this.#options.nowMs() })
    clearTimeout(this.#retry)
    this.#stopTimers()
    this.#connections.close(lost('the proxy is shutting down'))
  }

  /**
   * Connects with these settings, which have the same URL, from the next time on. `isUrgent` = that
   * time is now: what is lost meanwhile is recovered as after any other loss.
   */
  retarget(target: BackEndTarget, isUrgent: boolean): void {
    this.#target = target
    if (!isUrgent || this.#state.state === 'closed') return
    // The session of another login.
    this.#cookies.clear()
    this.#connections.endCurrent(lost('its settings have changed: it is connected again'))
    clearTimeout(this.#retry)
    this.#options.backoff.reset()
    this.start()
  }

  #newUpstream(): Upstream {
    const { limits, guard, nowMs } = this.#options
    return new Upstream({
      target: this.#target,
      limits,
      guard,
      nowMs,
      cookies: this.#cookies,
      lastEventId: this.#lastEventId || undefined,
      onOpen: (upstream, chain) => this.#open(upstream, chain),
      onFrame: (upstream, frame) => this.#connections.receive(upstream, frame),
      onSilence: (upstream) => this.#connections.replace(upstream),
      onEnd: (upstream, end) => this.#afterEnd(upstream, end),
    })
  }

  #open(upstream: Upstream, chain: ProxyChain): void {
    const { ownName, backoff, limits, guard, onReopened, nowMs } = this.#options
    if (chain.names.includes(ownName)) {
      const message =
        'gets its events from this proxy: remove it from backends, or remove the loop between the proxies'
      upstream.end(refused(message))
      return
    }
    if (!this.#connections.opened(upstream)) return
    if (chain.dropped > 0) {
      this.#notice(
        'chain',
        `${chain.dropped} names of SSE-Proxy-Chain are dropped: too many or malformed`,
      )
    }
    this.#chain = chain.names
    this.#change({ state: 'open', sinceMs: nowMs() })
    clearTimeout(this.#steady)
    const onSteady = (): void => {
      backoff.reset()
      this.#loss.lasted()
    }
    this.#steady = setTimeout(() => guard.run('timer', onSteady), limits.steadyMs)
    if (this.#loss.isPending) guard.run('back-end', onReopened)
    this.#loss.open()
  }

  #forward(bytes: Buffer): void {
    const { backoff, frameFilter, onFrame } = this.#options
    const frame = readFrame(bytes, frameFilter)
    if (frame.retryMs !== undefined) backoff.setFirstMs(frame.retryMs)
    if (frame.id !== undefined) this.#storeId(frame.id)
    onFrame(frame, bytes)
  }

  /**
   * Ignores an id that cannot be sent back. After a loss clients are then notified, as for a back
   * end without ids.
   */
  #storeId(id: string): void {
    const why = whyNotSendable(id, this.#options.limits.maxIdBytes)
    this.#lastEventId = why === undefined ? id : ''
    if (why !== undefined) this.#notice('id', `dropped ${why}`)
  }

  #afterEnd(connection: EventConnection, end: UpstreamEnd): void {
    if (this.#state.state !== 'closed') this.#connections.ended(connection, end)
  }

  #waitAfter({ error, retryAfterMs, refusesRequest }: UpstreamEnd): void {
    const { backoff, guard, nowMs } = this.#options
    this.#stopTimers()
    this.#chain = []
    if (refusesRequest) {
      // The back end may have refused a cookie or an id that it set itself.
      this.#cookies.clear()
      this.#lastEventId = ''
    }
    if (this.#lastEventId === '') this.#loss.lose()
    const waitMs = error.code === 'back-end-refused' ? backoff.longestMs() : backoff.nextMs()
    const retryInMs = Math.max(waitMs, retryAfterMs)
    this.#retry = setTimeout(() => guard.run('timer', () => this.start()), retryInMs)
    this.#change({
      state: 'waiting',
      sinceMs: nowMs(),
      error,
      retryInMs,
      isAsked: retryAfterMs > 0,
    })
  }

  #stopTimers(): void {
    clearTimeout(this.#steady)
    this.#loss.close()
  }

  #notice(subject: string, message: string): void {
    if (this.#notices.has(subject)) return
    this.#notices.set(subject, message)
    this.#options.onNotice(message)
  }

  #change(state: BackEndState): void {
    this.#state = state
    this.#wasTried ||= state.state === 'open' || state.state === 'waiting'
    this.#options.onChange(state)
  }
}
