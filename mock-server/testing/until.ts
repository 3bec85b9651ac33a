const DEADLINE_MS = 20_000
const STEP_MS = 5

/** Polls until `isThere` is true. Throws at the deadline, with `what` in the message. */
export async function until(
  isThere: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const end = performance.now() + DEADLINE_MS
  while (!(await isThere())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${DEADLINE_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
  }
}
