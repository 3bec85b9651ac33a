import { ProxyError } from '../errors.ts'
import { idOf, retryMsOf } from '../sse/frame.ts'
import { FrameSplitter } from '../sse/frame-splitter.ts'
import type { Backoff } from './backoff.ts'
import { CookieJar } from './cookie-jar.ts'
import { Upstream, type UpstreamLimits, type UpstreamTarget } from './upstream.ts'

export interface BackEndOptions {
  readonly target: UpstreamTarget
  readonly limits: UpstreamLimits & { readonly maxFrameBytes: number }
  readonly backoff: Backoff
  /** This proxy's name in chains of proxies. */
  readonly ownName: string
  /** A frame as it came; it may share memory with the connection: copy it. */
  readonly onFrame: (frame: Buffer) => void
  /** The connection stands again, and what came meanwhile is lost: the back end gives no ids to go on from. */
  readonly onMissed: () => void
  readonly onChange: (state: BackEndState) => void
  readonly nowMs: () => number
}

/** What the proxy has of a back end. */
export type BackEndState =
  | { readonly state: 'connecting'; readonly sinceMs: number }
  | { readonly state: 'open'; readonly sinceMs: number }
  | {
      readonly state: 'waiting'
      readonly sinceMs: number
      readonly error: ProxyError
      readonly retryInMs: number
    }
  | { readonly state: 'closed'; readonly sinceMs: number }

/** One back end: the one connection to it [protocol §4.1], tried again for ever when it is lost. */
export class BackEnd {
  readonly uri: URL
  readonly #options: BackEndOptions
  readonly #cookies = new CookieJar()
  #state: BackEndState
  #upstream: Upstream | undefined
  #retry: NodeJS.Timeout | undefined
  /** Whether an attempt has failed since the connection last stood. */
  #wasAway = false
  /** Id of the back end's last event; empty when it has none. */
  #lastEventId = ''
  #chain: readonly string[] = []

  constructor(options: BackEndOptions) {
    this.uri = options.target.uri
    this.#options = options
    this.#state = { state: 'closed', sinceMs: options.nowMs() }
  }

  get state(): BackEndState {
    return this.#state
  }

  /** Names of the proxies that this back end's events come through. */
  get chain(): readonly string[] {
    return this.#chain
  }

  /** Connects, and keeps at it until `close`. */
  start(): void {
    const { target, limits } = this.#options
    const splitter = new FrameSplitter(limits)
    const upstream = new Upstream({
      target,
      limits,
      cookies: this.#cookies,
      nowMs: this.#options.nowMs,
      lastEventId: this.#lastEventId || undefined,
      onOpen: (chain) => this.#open(chain, upstream),
      onBytes: (bytes) => {
        try {
          splitter.push(bytes, (frame) => this.#take(frame))
        } catch (error) {
          // [protocol §4.8] Too large a frame costs the connection; anything else is our own fault.
          if (error instanceof ProxyError) upstream.end(error)
          else throw error
        }
      },
      onEnd: (error, retryAfterMs) => this.#waitAfter(error, retryAfterMs),
    })
    this.#upstream = upstream
    this.#change({ state: 'connecting', sinceMs: this.#options.nowMs() })
    upstream.start()
  }

  close(): void {
    if (this.#state.state === 'closed') return
    this.#change({ state: 'closed', sinceMs: this.#options.nowMs() })
    clearTimeout(this.#retry)
    this.#upstream?.end(new ProxyError('back-end-lost', 'the proxy is shutting down'))
  }

  #open(chain: readonly string[], upstream: Upstream): void {
    const { ownName, backoff, onMissed, nowMs } = this.#options
    if (chain.includes(ownName)) {
      const message =
        'is fed by this very proxy: take it out of backends, or the proxy between out of the loop'
      upstream.end(new ProxyError('back-end-refused', message))
      return
    }
    this.#chain = chain
    backoff.reset()
    this.#change({ state: 'open', sinceMs: nowMs() })
    // A back end that was asked to go on after an id replays, or says itself that it cannot.
    if (this.#wasAway && this.#lastEventId === '') onMissed()
    this.#wasAway = false
  }

  #take(frame: Buffer): void {
    const retryMs = retryMsOf(frame)
    if (retryMs !== undefined) this.#options.backoff.setFirstMs(retryMs)
    this.#lastEventId = idOf(frame) ?? this.#lastEventId
    this.#options.onFrame(frame)
  }

  #waitAfter(error: ProxyError, retryAfterMs: number): void {
    if (this.#state.state === 'closed') return
    const { backoff, nowMs } = this.#options
    this.#wasAway = true
    this.#chain = []
    const waitMs = error.code === 'back-end-refused' ? backoff.longestMs() : backoff.nextMs()
    const retryInMs = Math.max(waitMs, retryAfterMs)
    this.#change({ state: 'waiting', sinceMs: nowMs(), error, retryInMs })
    this.#retry = setTimeout(() => this.start(), retryInMs)
  }

  #change(state: BackEndState): void {
    this.#state = state
    this.#options.onChange(state)
  }
}
