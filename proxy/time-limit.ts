/**
 * Aborts `signal` when `stop` does, or with a `TimeoutError` after `ms`, until it is disposed of.
 * Not `AbortSignal.any` with `AbortSignal.timeout`: it holds its sources weakly, and after a garbage
 * collection it never aborts (seen on Node 20).
 */
export class TimeLimit implements Disposable {
  readonly signal: AbortSignal
  readonly #limit = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(ms: number, stop?: AbortSignal) {
    const limit = this.#limit
    this.#timer = setTimeout(() => {
      limit.abort(new DOMException(`not within ${ms} ms`, 'TimeoutError'))
    }, ms)
    this.signal = stop === undefined ? limit.signal : AbortSignal.any([stop, limit.signal])
  }

  /** Ends what it limits: it is done. */
  abort(): void {
    this.#limit.abort()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
