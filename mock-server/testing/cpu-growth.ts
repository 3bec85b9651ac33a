const FACTOR = 16
/** Quadratic work takes 16 times as much processor time per byte; noise stays far below this. */
const MAX_GROWTH_PER_BYTE = 6
/** Shorter measurements are noise. */
const FLOOR_MS = 10

/**
 * A sentence about the processor time of `run` for an input of size `small` and for one of 16 times that size;
 * undefined when the time per byte stays constant. Processor time does not depend on how busy the machine is; the best
 * of three runs excludes the JIT compiler and the garbage collector.
 */
export async function superlinearGrowth<Input>(
  grow: (size: number) => Input,
  run: (input: Input) => unknown,
  small = 8_000,
): Promise<string | undefined> {
  const smallMs = await bestOfThree(grow(small), run)
  const largeMs = await bestOfThree(grow(small * FACTOR), run)
  const allowedMs = Math.max(smallMs, FLOOR_MS) * FACTOR * MAX_GROWTH_PER_BYTE
  if (largeMs <= allowedMs) return undefined
  return `${small} bytes take ${smallMs} ms of processor time, ${small * FACTOR} bytes ${largeMs} ms`
}

async function bestOfThree<Input>(input: Input, run: (input: Input) => unknown): Promise<number> {
  let best = Infinity
  for (let round = 0; round < 3; round += 1) {
    const before = process.cpuUsage()
    await run(input)
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1_000)
  }
  return best
}
