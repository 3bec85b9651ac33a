import { setTimeout as delay } from 'node:timers/promises'

const DEADLINE_MS = 20_000
/** Between two looks: a share of the time waited so far, because a look may ask another process. */
const SHORTEST_STEP_MS = 5
const LONGEST_STEP_MS = 50
const STEPS = 20

/** Polls until `isThere` is true. Throws at the deadline, with `what` in the message. */
export async function until(
  isThere: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const started = performance.now()
  while (!(await isThere())) {
    const waitedMs = performance.now() - started
    if (waitedMs > DEADLINE_MS) throw new Error(`${what}: not within ${DEADLINE_MS} ms`)
    await delay(Math.min(LONGEST_STEP_MS, Math.max(SHORTEST_STEP_MS, waitedMs / STEPS)))
  }
}
