const SIZES = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18]
/**
 * Far above the cost of linear code on a slow machine, and far below quadratic code at the larger
 * sizes.
 */
const MAX_CPU_US = (bytes: number): number => 250_000 + 4 * bytes

/**
 * Runs the work on growing inputs. Returns the first size that takes too long, or undefined. It
 * compares processor time, not wall-clock time, and stops at the first slow size, so that cubic
 * code does not run for hours.
 */
export function firstSlowSize(work: (size: number) => void): string | undefined {
  for (const size of SIZES) {
    const took = shortestCpuUs(() => work(size), MAX_CPU_US(size))
    if (took > MAX_CPU_US(size)) return `${size} bytes take ${took} µs of processor time`
  }
  return undefined
}

/**
 * The processor time of the shortest of up to three runs, because garbage collection and a cold
 * start can only make a run longer. Stops at the first run that is short enough.
 */
function shortestCpuUs(work: () => void, enough: number): number {
  let shortest = Infinity
  for (let run = 0; run < 3 && shortest > enough; run += 1) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    shortest = Math.min(shortest, user + system)
  }
  return shortest
}
