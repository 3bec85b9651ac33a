/** The first is so small that even cubic code is done soon. */
const SIZES = [1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18]
/**
 * Processor time per byte at a size over the least at any smaller size: 1 for linear code, 16 for
 * quadratic code two sizes later. Caches and garbage collection cause up to 3.
 */
const MAX_GROWTH = 8
/** Anything that is done within this time is too short to compare. */
const FLOOR_US = 50_000

/**
 * Runs the work on growing inputs. Returns the first size whose time grew faster than the input, or
 * undefined. Only times of the same machine are compared, so that a slow machine is no defect, and
 * the search stops at the first slow size, so that cubic code does not run for hours.
 *
 * @param measure Processor time of one run in µs.
 */
export function firstSlowSize(
  work: (size: number) => void,
  measure: (work: () => void) => number = cpuUs,
): string | undefined {
  let leastPerByte: number | undefined
  for (const size of SIZES) {
    const allowedUs = Math.max(FLOOR_US, MAX_GROWTH * (leastPerByte ?? 0) * size)
    const took = shortestUs(() => measure(() => work(size)), allowedUs)
    if (leastPerByte !== undefined && took > allowedUs)
      return `${size} bytes take ${took} µs of processor time, expected at most ${Math.round(allowedUs)} µs`
    leastPerByte = Math.min(leastPerByte ?? Infinity, took / size)
  }
  return undefined
}

/**
 * The shortest of up to three runs, because garbage collection and a cold start can only make a run
 * longer. Stops at the first run that is short enough.
 */
function shortestUs(run: () => number, enoughUs: number): number {
  let shortest = Infinity
  for (let runs = 0; runs < 3 && shortest > enoughUs; runs += 1)
    shortest = Math.min(shortest, run())
  return shortest
}

function cpuUs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
