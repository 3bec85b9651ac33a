const USUAL_CASES = 100_000
/** Longest time for one case, on a busy machine. */
const MS_PER_CASE = 3

/**
 * Cases that a fuzz test tries. `FUZZ_CASES=10000000 npm test -- --project proxy` tries more, for
 * some minutes.
 */
export const FUZZ_CASES = casesFrom(process.env['FUZZ_CASES'])

/** How long a test that tries them all may take. */
export const FUZZ_MS = FUZZ_CASES * MS_PER_CASE

function casesFrom(given: string | undefined): number {
  if (given === undefined) return USUAL_CASES
  const cases = Number(given)
  if (Number.isInteger(cases) && cases > 0) return cases
  throw new Error(`FUZZ_CASES: expected a whole number of cases, got ${JSON.stringify(given)}`)
}
