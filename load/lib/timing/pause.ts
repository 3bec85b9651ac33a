import { setTimeout } from 'k6/timers'

/** Waits; other work of the script continues meanwhile. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
