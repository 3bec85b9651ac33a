const DEADLINE_MS = 20_000
const STEP_MS = 2

/**
 * The first value other than undefined that `look` returns. Rejects with `awaited` in its message
 * after 20 s.
 */
export async function eventually<Value>(
  awaited: string,
  look: () => Value | undefined,
): Promise<Value> {
  const deadlineMs = performance.now() + DEADLINE_MS
  for (;;) {
    const value = look()
    if (value !== undefined) return value
    if (performance.now() > deadlineMs) throw new Error(`waited ${DEADLINE_MS} ms for ${awaited}`)
    await new Promise((resolve) => {
      setTimeout(resolve, STEP_MS)
    })
  }
}
