import { Finding } from '../runner/outcome/verdict.ts'

/** A slice that took longer than this many times its length was lost to other programs and is not counted in full. */
const STALL_FACTOR = 2
const SLICES = 20

/**
 * Wakes waiting checks at every event of the suite's sockets, so that nothing sleeps. A limit counts only time in which this
 * process was responsive: on a busy machine a wait gets longer and the target is not blamed.
 */
export class Activity {
  readonly #waiters = new Set<() => void>()
  #fault: Error | undefined

  /** Something arrived, opened or closed: waiting checks test their conditions. */
  changed(): void {
    for (const look of this.#waiters) look()
  }

  /** A callback of the check has thrown: every wait rejects with the error until `clearFault`. */
  fail(error: unknown): void {
    this.#fault ??= error instanceof Error ? error : new Error(String(error))
    this.changed()
  }

  clearFault(): void {
    this.#fault = undefined
  }

  /** True when the condition holds, false when the limit ran out before. Rejects when `signal` aborts. */
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
        settle(() =>
          reject(new Finding('inconclusive', 'the check used up all the time it may take')),
        )
      }
      const tick = (): void => {
        if (look()) return
        const elapsedMs = performance.now() - sliceStartMs
        leftMs -= Math.min(elapsedMs, sliceMs * STALL_FACTOR)
        sliceStartMs = performance.now()
        if (leftMs > 0) timer = setTimeout(tick, Math.min(sliceMs, leftMs))
        // What has arrived by now is read before the limit is called over.
        else setImmediate(() => look() || settle(() => resolve(false)))
      }
      let timer = setTimeout(tick, Math.min(sliceMs, leftMs))
      waiters.add(look)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort)
    })
  }
}
