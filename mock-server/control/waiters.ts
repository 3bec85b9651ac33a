import { LIMITS } from '../content/limits.ts'
import { MockServerError } from '../errors.ts'

interface Waiter {
  /** Returns the result, or undefined while the condition is false. A throw ends the wait. */
  readonly check: () => unknown
  readonly resolve: (found: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * Blocking waits: each is checked again after each change or delivery, and ends at its deadline.
 */
export class Waiters {
  readonly #open = new Set<Waiter>()

  /**
   * Resolves with the first result of `check` that is not undefined. Rejects with `timed-out` after
   * `timeoutMs`, and with the signal's reason when the caller disconnects.
   */
  async wait<T>(
    check: () => T | undefined,
    timeoutMs: number,
    what: string,
    signal?: AbortSignal,
  ): Promise<T> {
    const found = check()
    if (found !== undefined) return found
    if (this.#open.size >= LIMITS.waiters) {
      throw new MockServerError(
        'too-many-waiters',
        `${LIMITS.waiters} waits are open already; wait until some of them end`,
        { limit: 'waiters' },
      )
    }
    let waiter: Waiter | undefined
    let timer: NodeJS.Timeout | undefined
    let abort: (() => void) | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        waiter = { check, resolve, reject }
        this.#open.add(waiter)
        const late = new MockServerError(
          'timed-out',
          `${what}: the condition did not hold within ${timeoutMs} ms`,
        )
        timer = setTimeout(() => reject(late), timeoutMs)
        abort = () => reject(signal?.reason)
        signal?.addEventListener('abort', abort, { once: true })
      })
    } finally {
      clearTimeout(timer)
      if (abort !== undefined) signal?.removeEventListener('abort', abort)
      if (waiter !== undefined) this.#open.delete(waiter)
    }
  }

  /** Checks every open wait again. */
  checkAll(): void {
    for (const { check, resolve, reject } of this.#open) {
      try {
        const found = check()
        // `check` and `resolve` of one waiter have the same type.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        if (found !== undefined) resolve(found as never)
      } catch (error) {
        reject(error)
      }
    }
  }

  /** Ends every open wait with `error`. */
  rejectAll(error: Error): void {
    for (const { reject } of this.#open) reject(error)
  }
}
