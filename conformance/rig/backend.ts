import { ScriptedOrigin, type OriginOptions } from '../origin/scripted-origin.ts'
import type { OriginResponse, OriginExchange } from '../origin/origin-exchange.ts'
import type { BackendSettings } from '../runner/target.ts'

export interface BackendOptions extends Omit<OriginOptions, 'onRequest' | 'onHead' | 'port'> {
  readonly path: string
  readonly port?: number | undefined
  readonly settings?: Omit<BackendSettings, 'url'> | undefined
  /** Whether requests are answered with a stream at once, or wait for the check. */
  readonly answersAtOnce: boolean
}

/** One configured back end of the target: an origin and the requests that it received. */
export class Backend {
  readonly name: string
  readonly origin: ScriptedOrigin
  readonly #options: BackendOptions
  readonly #requests: OriginExchange[] = []
  #answer: ((upstream: OriginExchange) => void) | undefined
  #onHead: ((upstream: OriginExchange) => void) | undefined

  constructor(options: BackendOptions) {
    this.name = options.name
    this.#options = options
    this.origin = new ScriptedOrigin({
      ...options,
      port: options.port ?? 0,
      onRequest: (upstream) => this.#onRequest(upstream),
      onHead: (upstream) => this.#onHead?.(upstream),
    })
    this.resetAnswer()
  }

  /** The settings for the target. */
  get settings(): BackendSettings {
    return {
      url: `${this.originUrl}${this.#options.path}`,
      ...this.#options.settings,
    }
  }

  /** `http://127.0.0.1:PORT`, for clients that connect to the back end directly. */
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

  /** Sets the response for the following requests. */
  answerWith(answer: OriginResponse | ((upstream: OriginExchange) => void)): void {
    this.#answer = typeof answer === 'function' ? answer : (upstream) => upstream.answer(answer)
  }

  /** Called with each following request when its head has come, before its content. */
  onHead(begins: (upstream: OriginExchange) => void): void {
    this.#onHead = begins
  }

  /** Restores the responses of a healthy back end. */
  resetAnswer(): void {
    this.#onHead = undefined
    this.#answer = this.#options.answersAtOnce ? (upstream) => upstream.answer() : undefined
  }

  /** Removes finished requests from the list. */
  forget(): void {
    const kept = this.#requests.filter((upstream) => upstream.open)
    this.#requests.splice(0, this.#requests.length, ...kept)
  }

  /** Resets every connection and clears the list of requests. */
  discard(): void {
    this.origin.resetAll()
    this.#requests.length = 0
  }

  #onRequest(upstream: OriginExchange): void {
    this.#requests.push(upstream)
    this.#answer?.(upstream)
  }
}
