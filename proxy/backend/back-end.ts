import { ProxyError } from '../errors.ts'
import { filterFrame, retryMsOf } from '../sse/frame.ts'
import { FrameSplitter } from '../sse/frame-splitter.ts'
import type { Backoff } from './backoff.ts'
import {
  openUpstream,
  type Upstream,
  type UpstreamLimits,
  type UpstreamTarget,
} from './upstream.ts'

export interface BackEndOptions {
  readonly target: UpstreamTarget
  readonly limits: UpstreamLimits & { readonly maxFrameBytes: number }
  readonly backoff: Backoff
  /** A frame for clients; it may share memory with the connection: copy it. */
  readonly onFrame: (frame: Buffer) => void
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
  #state: BackEndState
  #upstream: Upstream | undefined
  #retry: NodeJS.Timeout | undefined

  constructor(options: BackEndOptions) {
    this.uri = options.target.uri
    this.#options = options
    this.#state = { state: 'closed', sinceMs: options.nowMs() }
  }

  get state(): BackEndState {
    return this.#state
  }

  /** Connects, and keeps at it until `close`. */
  start(): void {
    const { target, limits, backoff } = this.#options
    this.#change({ state: 'connecting', sinceMs: this.#options.nowMs() })
    const splitter = new FrameSplitter(limits)
    const upstream = openUpstream(target, limits, {
      onOpen: () => {
        backoff.reset()
        this.#change({ state: 'open', sinceMs: this.#options.nowMs() })
      },
      onBytes: (bytes) => {
        try {
          splitter.push(bytes, (frame) => this.#take(frame))
        } catch (error) {
          // [protocol §4.8] Too large a frame costs the connection; anything else is our own fault.
          if (error instanceof ProxyError) upstream.destroy(error)
          else throw error
        }
      },
      onEnd: (error) => this.#waitAfter(error),
    })
    this.#upstream = upstream
  }

  close(): void {
    if (this.#state.state === 'closed') return
    this.#change({ state: 'closed', sinceMs: this.#options.nowMs() })
    clearTimeout(this.#retry)
    this.#upstream?.destroy(new ProxyError('back-end-lost', 'the proxy is shutting down'))
  }

  #take(frame: Buffer): void {
    const { backoff, onFrame } = this.#options
    const retryMs = retryMsOf(frame)
    if (retryMs !== undefined) backoff.setFirstMs(retryMs)
    const filtered = filterFrame(frame, { dropIds: true })
    if (filtered !== undefined) onFrame(filtered)
  }

  #waitAfter(error: ProxyError): void {
    if (this.#state.state === 'closed') return
    const { backoff, nowMs } = this.#options
    const isRefused = error.code === 'back-end-refused'
    const retryInMs = isRefused ? backoff.longestMs() : backoff.nextMs()
    this.#change({ state: 'waiting', sinceMs: nowMs(), error, retryInMs })
    this.#retry = setTimeout(() => this.start(), retryInMs)
  }

  #change(state: BackEndState): void {
    this.#state = state
    this.#options.onChange(state)
  }
}
