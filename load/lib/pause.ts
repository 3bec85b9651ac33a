import { setTimeout } from 'k6/timers'

/** Waits without holding up what else the script has going. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
