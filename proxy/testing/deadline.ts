/** Tells a hang from a slow machine: with ten programs per core, a proxy with workers takes 15 s to start. */
const HANGS_MS = 60_000

/** Waits until the condition gives a value; fails with the sentence when it takes too long. */
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
      throw new Error(`after ${withinMs} ms it is still not so that ${what}`)
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 2)
    })
  }
}
