import type { BackEndTarget } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import { readFrame } from '../sse/frame.ts'
import type { BackEndOptions, BackEndState } from './back-end-options.ts'
import { CookieJar } from './cookie-jar.ts'
import type { EventConnection } from './event-connection.ts'
import { FrameOverlap } from './frame-overlap.ts'
import { LossNotice } from './loss-notice.ts'
import type { ProxyChain } from './proxy-chain.ts'
import type { RelayedEvents } from './relayed-events.ts'
import { StreamSplice } from './stream-splice.ts'
import { whyNotSendable } from './request-fields.ts'
import { lost, refused } from './trouble.ts'
import type { UpstreamEnd } from './upstream-end.ts'
import { Upstream } from './upstream.ts'

/** Both connections are read for this long while one replaces the other. */
const OVERLAP_MS = 500
/** Afterwards the later of two connections has sent all that the earlier one had. */
const SPLICE_MS = 1000
/** Longest wait for a connection in place of another process's, which does not wait for long. */
const BESIDE_MS = 2000
/** A back end that has sent this many comments sends heartbeats. */
const HEARTBEATS = 3

/** One back end and the only connection to it [protocol §4.1]. It reconnects until `close`. */
export class BackEnd {
  readonly uri: URL
  readonly #options: BackEndOptions
  #target: BackEndTarget
  readonly #cookies = new CookieJar()
  readonly #loss: LossNotice
  /** By subject. */
  readonly #notices = new Map<string, string>()
  #state: BackEndState
  #wasTried = false
  /** The connection, or the attempt to open one. */
  #upstream: EventConnection | undefined
  /** The attempt to replace a silent connection. */
  #replacement: Upstream | undefined
  /** The connection that was replaced, while it is still read. */
  #replaced: EventConnection | undefined
  #overlap: FrameOverlap | undefined
  /** The connection of another process, until this one has its own, and how the two are joined. */
  #relayed: RelayedEvents | undefined
  #splice: StreamSplice | undefined
  #retry: NodeJS.Timeout | undefined
  #steady: NodeJS.Timeout | undefined
  #overlapEnd: NodeJS.Timeout | undefined
  #spliceEnd: NodeJS.Timeout | undefined
  /** Id of the back end's last event; empty if there is none that can be sent back. */
  #lastEventId = ''
  #chain: readonly string[] = []

  constructor(options: BackEndOptions) {
    const { target, limits, guard, nowMs } = options
    this.uri = target.uri
    this.#options = options
    this.#target = target
    this.#state = { state: 'closed', sinceMs: nowMs() }
    this.#loss = new LossNotice({
      settleMs: limits.settleMs,
      onDue: () => guard.run('timer', options.onMissed),
      nowMs,
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
    return this.#upstream?.heardMs ?? 0
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
    this.#replacement = undefined
    this.#replaced = undefined
    this.#overlap = undefined
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
    this.#upstream = relayed
    this.#relayed = relayed
    this.#splice = new StreamSplice()
    this.#change({ state: 'open', sinceMs: this.#options.nowMs() })
    relayed.receive({
      onFrame: (from, frame) => this.#receive(from, frame),
      onEnd: (from, end) => this.#afterEnd(from, end),
    })
    if (this.#upstream === relayed) this.#replace(relayed)
  }

  /** Connects, and reconnects until `close`. */
  start(): void {
    this.#notices.clear()
    this.#endSplice()
    const upstream = this.#newUpstream()
    this.#upstream = upstream
    this.#change({ state: 'connecting', sinceMs: this.#options.nowMs() })
    upstream.start()
  }

  close(): void {
    if (this.#state.state === 'closed') return
    this.#change({ state: 'closed', sinceMs: this.#options.nowMs() })
    clearTimeout(this.#retry)
    clearTimeout(this.#spliceEnd)
    this.#stopTimers()
    const end = lost('the proxy is shutting down')
    for (const upstream of [this.#replacement, this.#replaced, this.#upstream]) upstream?.end(end)
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
    this.#upstream?.end(lost('its settings have changed: it is connected again'))
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
      onFrame: (upstream, frame) => this.#receive(upstream, frame),
      onSilence: (upstream) => this.#replace(upstream),
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
    if (upstream === this.#replacement) {
      if (this.#upstream?.isSilent === false) {
        this.#dropReplacement()
        return
      }
      this.#switchTo(upstream)
    }
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

  #receive(upstream: EventConnection, bytes: Buffer): void {
    if (this.#splice === undefined) {
      const isOld = upstream === this.#replaced
      if (this.#overlap?.isNew(isOld ? 'old' : 'new', bytes) !== false) this.#forward(bytes)
    } else if (upstream === this.#relayed) {
      this.#splice.addEarlier(bytes)
      this.#forward(bytes)
    } else {
      for (const fresh of this.#splice.addLater(bytes)) this.#forward(fresh)
    }
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

  /**
   * [protocol §4.6] Opens a second connection before it closes the silent one, so that no event is
   * lost between the two.
   */
  #replace(silent: EventConnection): void {
    if (silent !== this.#upstream || this.#replacement !== undefined) return
    this.#replacement = this.#newUpstream()
    this.#replacement.start()
  }

  #dropReplacement(): void {
    const replacement = this.#replacement
    this.#replacement = undefined
    replacement?.end(lost('the silent connection sends again'))
  }

  /** Replaces the silent connection, and decides whether events may have been lost on it. */
  #switchTo(replacement: Upstream): void {
    const { silenceMs } = this.#options.limits
    const silent = this.#upstream
    this.#replaced?.end(lost('replaced'))
    this.#upstream = replacement
    this.#replacement = undefined
    this.#replaced = silent
    // The kernel closes a connection whose peer has vanished. These two signs mean that events were
    // lost in spite of that.
    const hasLostEvents = silent?.hasPartialFrame === true || (silent?.comments ?? 0) >= HEARTBEATS
    if (hasLostEvents && this.#lastEventId === '') this.#loss.lose()
    this.#overlap = silent === this.#relayed ? undefined : new FrameOverlap()
    const endSilent = (): void => silent?.end(lost(`no byte within ${silenceMs} ms`))
    this.#overlapEnd = setTimeout(() => this.#options.guard.run('timer', endSilent), OVERLAP_MS)
  }

  #afterEnd(upstream: EventConnection, end: UpstreamEnd): void {
    if (this.#state.state === 'closed') return
    if (upstream === this.#relayed) this.#join()
    if (upstream === this.#replaced) {
      clearTimeout(this.#overlapEnd)
      this.#replaced = undefined
      this.#overlap = undefined
    } else if (upstream === this.#replacement) {
      this.#replacement = undefined
      if (this.#upstream?.isSilent === false) return
      const relayed = this.#relayed
      if (relayed !== undefined && relayed === this.#upstream) {
        this.#options.onNotice(`cannot connect beside the process before: ${end.error.message}`)
        this.#retryReplacing(relayed)
        return
      }
      const { silenceMs } = this.#options.limits
      const message = `no byte within ${silenceMs} ms, and no new connection: ${end.error.message}`
      this.#upstream?.end(new ProxyError(end.error.code, message), end.retryAfterMs)
    } else if (upstream === this.#upstream) {
      this.#waitAfter(end)
    }
  }

  /** The other process has sent everything, and no more than that comes from it. */
  #join(): void {
    const splice = this.#splice
    this.#relayed = undefined
    if (splice === undefined) return
    for (const fresh of splice.endEarlier()) this.#forward(fresh)
    const { guard } = this.#options
    this.#spliceEnd = setTimeout(() => guard.run('timer', () => this.#endSplice()), SPLICE_MS)
  }

  /** What the own connection has held is new, unless the other process still sends it. */
  #endSplice(): void {
    const splice = this.#splice
    this.#splice = undefined
    if (this.#relayed !== undefined) return
    for (const fresh of splice?.join() ?? []) this.#forward(fresh)
  }

  #retryReplacing(relayed: RelayedEvents): void {
    const { backoff, guard } = this.#options
    const again = (): void => {
      if (this.#relayed === relayed && this.#upstream === relayed) this.#replace(relayed)
    }
    const waitMs = Math.min(backoff.nextMs(), BESIDE_MS)
    this.#retry = setTimeout(() => guard.run('timer', again), waitMs)
  }

  #waitAfter({ error, retryAfterMs, refusesRequest }: UpstreamEnd): void {
    const { backoff, guard, nowMs } = this.#options
    this.#stopTimers()
    this.#dropReplacement()
    this.#replaced?.end(error)
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
    this.#change({ state: 'waiting', sinceMs: nowMs(), error, retryInMs })
  }

  #stopTimers(): void {
    clearTimeout(this.#steady)
    clearTimeout(this.#overlapEnd)
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
