import { setTimeout as delay } from 'node:timers/promises'

/**
 * Longer than a slow machine needs: with ten programs per core, a proxy with workers takes 15 s to
 * start.
 */
const HANGS_MS = 60_000
/** Between two looks: a share of the time waited so far, because a look may ask another process. */
const SHORTEST_STEP_MS = 2
const LONGEST_STEP_MS = 50
const STEPS = 20

/**
 * Waits until the condition returns a truthy value. Fails with the description after a deadline.
 */
export async function eventually<Value>(
  what: string,
  condition: () => Value | undefined | false | Promise<Value | undefined | false>,
  withinMs = HANGS_MS,
): Promise<Value> {
  const startedMs = performance.now()
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    const waitedMs = performance.now() - startedMs
    if (waitedMs > withinMs) {
      throw new Error(`waited ${withinMs} ms for this to become true: ${what}`)
    }
    await delay(Math.min(LONGEST_STEP_MS, Math.max(SHORTEST_STEP_MS, waitedMs / STEPS)))
  }
}
