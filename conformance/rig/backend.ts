import { ScriptedOrigin, type OriginOptions } from '../origin/scripted-origin.ts'
import type { OriginResponse, OriginExchange } from '../origin/origin-exchange.ts'
import type { BackendSettings } from '../runner/target.ts'

export interface BackendOptions extends Omit<OriginOptions, 'onRequest' | 'port'> {
  readonly path: string
  readonly port?: number | undefined
  readonly settings?: Omit<BackendSettings, 'url'> | undefined
  /** Whether requests are answered with a stream at once, or wait for the check. */
  readonly answersAtOnce: boolean
}

/** One back end that the target is configured with: an origin and the requests that it received. */
export class Backend {
  readonly name: string
  readonly origin: ScriptedOrigin
  readonly #options: BackendOptions
  readonly #requests: OriginExchange[] = []
  #answer: ((upstream: OriginExchange) => void) | undefined

  constructor(options: BackendOptions) {
    this.name = options.name
    this.#options = options
    this.origin = new ScriptedOrigin({
      ...options,
      port: options.port ?? 0,
      onRequest: (upstream) => this.#onRequest(upstream),
    })
    this.resetAnswer()
  }

  /** What the target must be configured with. */
  get settings(): BackendSettings {
    return {
      url: `${this.originUrl}${this.#options.path}`,
      ...this.#options.settings,
    }
  }

  /** `http://127.0.0.1:PORT`, for clients that ask the back end itself. */
  get originUrl(): string {
    return `http://127.0.0.1:${this.origin.port}`
  }

  /** Every request since the last `forget`, oldest first. */
  get requests(): readonly OriginExchange[] {
    return this.#requests
  }

  /** Streams that the target holds open, oldest first. */
  get streams(): readonly OriginExchange[] {
    return this.#requests.filter((upstream) => upstream.open)
  }

  /** The newest open stream. */
  get stream(): OriginExchange | undefined {
    return this.streams.at(-1)
  }

  /** From the next request on, answer like this. */
  answerWith(answer: OriginResponse | ((upstream: OriginExchange) => void)): void {
    this.#answer = typeof answer === 'function' ? answer : (upstream) => upstream.answer(answer)
  }

  /** Back to what a healthy back end does. */
  resetAnswer(): void {
    this.#answer = this.#options.answersAtOnce ? (upstream) => upstream.answer() : undefined
  }

  /** Drops what is over from the list of requests. */
  forget(): void {
    const kept = this.#requests.filter((upstream) => upstream.open)
    this.#requests.splice(0, this.#requests.length, ...kept)
  }

  /** Resets every connection and forgets what was asked. */
  discard(): void {
    this.origin.resetAll()
    this.#requests.length = 0
  }

  #onRequest(upstream: OriginExchange): void {
    this.#requests.push(upstream)
    this.#answer?.(upstream)
  }
}
