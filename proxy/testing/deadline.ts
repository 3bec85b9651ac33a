/** Waits until the condition gives a value; fails with the sentence when it takes too long. */
export async function eventually<Value>(
  what: string,
  condition: () => Value | undefined | false | Promise<Value | undefined | false>,
  withinMs = 10_000,
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
