/**
 * Longer than a slow machine needs: with ten programs per core, a proxy with workers takes 15 s to
 * start.
 */
const HANGS_MS = 60_000

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
    if (performance.now() - startedMs > withinMs) {
      throw new Error(`waited ${withinMs} ms for this to become true: ${what}`)
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 2)
    })
  }
}
