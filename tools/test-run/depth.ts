import { randomInt } from 'node:crypto'

const MAX_SEED = 2 ** 31

/**
 * How many cases a run of all tests tries. Each value is a setting of some tests, and can be set
 * alone in the environment: `MODEL_RUNS=200 npm test -- --project proxy`.
 */
const DEPTHS = {
  short: {
    FUZZ_CASES: '1000',
    LONGEST_INPUT: '8192',
    REGEX_SAMPLES: '2',
    SLOWEST_INPUTS: '1',
    LINEAR_TIME_PARTS: '4',
    MODEL_RUNS: '1',
    MEMORY_EDITS: 'off',
    KILLS: '4',
    SSE_CONFORMANCE_MATRIX: 'sample',
    PACKAGE_TEST: 'off',
    PAGE_IN_BROWSER: 'off',
    SCENARIOS: 'breaking-news',
    LISTEN_FAULTS: 'none',
  },
  full: {
    FUZZ_CASES: '100000',
    LONGEST_INPUT: '131072',
    REGEX_SAMPLES: '8',
    SLOWEST_INPUTS: '3',
    LINEAR_TIME_PARTS: '1',
    MODEL_RUNS: '4',
    MEMORY_EDITS: '100000',
    KILLS: '200',
    SSE_CONFORMANCE_MATRIX: 'named',
    PACKAGE_TEST: 'on',
    PAGE_IN_BROWSER: 'on',
    SCENARIOS: 'all',
    LISTEN_FAULTS: 'all',
  },
} as const

/** `npm test` is short, `npm run test:full` and CI are full. */
export type Depth = keyof typeof DEPTHS

/** `vitest --mode full` is full; every other mode is short. */
export function depthOf(mode: string): Depth {
  return mode === 'full' ? 'full' : 'short'
}

/**
 * The variables of tests. `TEST_SEED` selects the samples of a short run. Without one in `given`,
 * each run uses another seed. Throws for a seed that is not a whole number.
 *
 * `NODE_EXTRA_CA_CERTS` is empty: Node reads its certificates at each start, which can take longer
 * than the rest of the start, and a test trusts only what it names. Programs that download need them
 * (`downloadEnvironment`).
 */
export function testEnvironment(
  depth: Depth,
  given: Readonly<NodeJS.ProcessEnv>,
): Record<string, string> {
  const wanted = { ...DEPTHS[depth], TEST_SEED: String(randomInt(MAX_SEED)) }
  const environment = Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => [name, given[name] ?? value]),
  )
  const { TEST_SEED: seed = '' } = environment
  if (!/^\d{1,10}$/.test(seed) || Number(seed) >= MAX_SEED) {
    throw new Error(
      `TEST_SEED: expected a whole number below ${MAX_SEED}, got ${JSON.stringify(seed)}`,
    )
  }
  const certificates = given['NODE_EXTRA_CA_CERTS'] ?? ''
  return { ...environment, NODE_EXTRA_CA_CERTS: '', DOWNLOAD_CA_CERTS: certificates }
}
