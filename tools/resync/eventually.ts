import { setTimeout as pause } from 'node:timers/promises'

/** Longer than a start of a program takes on a machine with ten programs per core. */
const HANGS_MS = 60_000
const STEP_MS = 10

/** Waits until the condition is true. Fails with the description after a deadline. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const startedMs = performance.now()
  while (!(await condition())) {
    if (performance.now() - startedMs > HANGS_MS) {
      throw new Error(`waited ${HANGS_MS} ms for this to become true: ${what}`)
    }
    await pause(STEP_MS)
  }
}
