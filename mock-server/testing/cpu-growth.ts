const FACTOR = 16
/** Quadratic work takes 16 times as much processor time per byte; noise stays far below this. */
const MAX_GROWTH_PER_BYTE = 6
/** Shorter measurements are noise. */
const FLOOR_MS = 10

/**
 * A sentence about the processor time of `run` for an input of size `small` and for one of 16 times
 * that size; undefined when the time per byte stays constant. Processor time does not depend on how
 * busy the machine is; the best of three runs excludes the JIT compiler and the garbage collector.
 */
export async function superlinearGrowth<Input>(
  grow: (size: number) => Input,
  run: (input: Input) => unknown,
  small = 8_000,
): Promise<string | undefined> {
  const smallMs = await leastOf(3, grow(small), run)
  const allowedMs = Math.max(smallMs, FLOOR_MS) * FACTOR * MAX_GROWTH_PER_BYTE
  const largeMs = await leastOf(3, grow(small * FACTOR), run, allowedMs)
  if (largeMs <= allowedMs) return undefined
  return `${small} bytes take ${smallMs} ms of processor time, ${small * FACTOR} bytes ${largeMs} ms`
}

/** The least processor time of this many runs, or the first time that is short enough. */
async function leastOf<Input>(
  runs: number,
  input: Input,
  run: (input: Input) => unknown,
  enoughMs = 0,
): Promise<number> {
  let least = Infinity
  for (let round = 0; round < runs && least > enoughMs; round += 1) {
    const before = process.cpuUsage()
    await run(input)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1_000)
  }
  return least
}
