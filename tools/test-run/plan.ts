import type { Depth } from './depth.ts'
import { ROTATED_FILES, rotatedIn } from './rotation.ts'

/** Minutes on two quiet cores, as measured on several machines. */
const MINUTES: Readonly<Record<Depth, string>> = { short: '2 to 3', full: '14 to 20' }

/**
 * The text that a run prints before its first test. A run of some tests (`isPart`) prints only its
 * seed.
 */
export function planOf(
  depth: Depth,
  { FUZZ_CASES: cases, MODEL_RUNS: runs, TEST_SEED: seed = '' }: Readonly<Record<string, string>>,
  isPart = false,
): string {
  if (isPart) return ` samples use seed ${seed}; TEST_SEED=${seed} repeats them\n`
  const group = rotatedIn(seed).map((file) => `    ${file}\n`)
  const short = `the suite on a sample of its mutants, by seed ${seed} (TEST_SEED=${seed} npm test repeats it)
  one of ${ROTATED_FILES.length} groups of long tests, by the same seed:
${group.join('')}  all of it: npm run test:full, ${MINUTES.full} minutes`
  const full = 'the suite on every mutant, harmless variant and dead target'
  return `
${depth === 'short' ? 'npm test' : 'npm run test:full'}: ${MINUTES[depth]} minutes on two quiet cores
  ${depth === 'short' ? 'all short' : 'all'} unit and integration tests; ${cases} cases for each fuzz test, ${runs} for each model of the whole proxy
  the conformance suite against our proxy
  ${depth === 'short' ? short : full}

`
}
