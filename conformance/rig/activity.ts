import { Finding } from '../runner/outcome/verdict.ts'
import { countedMs } from '../runner/responsive-time.ts'

const SLICES = 20

/**
 * Wakes waiting checks at every event of the suite's sockets, so that no check sleeps. A limit
 * counts only time in which this process was responsive, so a busy machine makes a wait longer and
 * does not fail the target.
 */
export class Activity {
  readonly #waiters = new Set<() => void>()
  #fault: Error | undefined

  /** Call when something arrived, opened or closed: waiting checks test their conditions. */
  changed(): void {
    for (const look of this.#waiters) look()
  }

  /**
   * Call when a callback of the check has thrown: every wait rejects with the error until
   * `clearFault`.
   */
  fail(error: unknown): void {
    this.#fault ??= error instanceof Error ? error : new Error(String(error))
    this.changed()
  }

  clearFault(): void {
    this.#fault = undefined
  }

  /** Resolves after this time by the clock, however busy the machine is. Rejects like `eventually`. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const endMs = performance.now() + ms
    while (performance.now() < endMs) {
      const isOver = (): boolean => performance.now() >= endMs
      await this.eventually(isOver, endMs - performance.now(), signal)
    }
  }

  /**
   * True when the condition became true, false when the limit expired first. Rejects when `signal`
   * aborts.
   */
  eventually(condition: () => boolean, limitMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    if (condition()) return Promise.resolve(true)
    const waiters = this.#waiters
    return new Promise((resolve, reject) => {
      const sliceMs = Math.max(5, limitMs / SLICES)
      let leftMs = limitMs
      let sliceStartMs = performance.now()
      const settle = (finish: () => void): void => {
        clearTimeout(timer)
        waiters.delete(look)
        signal.removeEventListener('abort', abort)
        finish()
      }
      const look = (): boolean => {
        if (this.#fault !== undefined) {
          const fault = this.#fault
          settle(() => reject(fault))
          return true
        }
        const holds = condition()
        if (holds) settle(() => resolve(true))
        return holds
      }
      const abort = (): void => {
        settle(() => reject(new Finding('inconclusive', 'the check exceeded its time limit')))
      }
      const tick = (): void => {
        if (look()) return
        const elapsedMs = performance.now() - sliceStartMs
        leftMs -= countedMs(sliceMs, elapsedMs)
        sliceStartMs = performance.now()
        if (leftMs > 0) timer = setTimeout(tick, Math.min(sliceMs, leftMs))
        // Bytes that have already arrived are read before the limit expires.
        else setImmediate(() => look() || settle(() => resolve(false)))
      }
      let timer = setTimeout(tick, Math.min(sliceMs, leftMs))
      waiters.add(look)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort)
    })
  }
}
