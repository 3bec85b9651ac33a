import { setTimeout } from 'k6/timers'

/** Waits without blocking other work of the script. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
