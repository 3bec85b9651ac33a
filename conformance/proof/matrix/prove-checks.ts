import { beforeAll, expect, test } from 'vitest'

import { CATALOGUE } from '../../checks/catalogue.ts'
import type { StreamCheck } from '../../checks/stream-check.ts'
import { DEAD_TARGETS } from '../mutants/dead-targets.ts'
import { MUTANTS } from '../mutants/mutants.ts'
import { shuffle } from '../../runner/selection/shuffle.ts'
import type { Role } from '../../runner/target.ts'
import { killersOf, writeKillMatrix } from './kill-matrix-report.ts'
import {
  buildKillMatrix,
  isRejected,
  isTried,
  type MatrixColumn,
  type MatrixSubject,
} from './kill-matrix.ts'

const HOLD_MS = 1000
const CONCURRENCY = 12
/** Ends a run that hangs. The time of a good run depends on the machine. */
const LONGEST_MS = 3_600_000

/** Checks that a dead target may pass, because it does answer. */
const ALLOWED_ON_DEAD_TARGETS = new Set(['base.reach'])

const BREADTH = breadthFrom(process.env['SSE_CONFORMANCE_MATRIX'])
/** Selects the sample, together with the role. */
const SEED = Number(process.env['TEST_SEED'] ?? 0)
/** Checks of a sample. Each runs on its mutants and every dead target. */
const SAMPLED_CHECKS = 4
/**
 * The part of the benign variants in a sample. On all of them, the checks that need a crowd of
 * clients take minutes.
 */
const SAMPLED_VARIANTS = 1 / 4

/**
 * Declares the tests which prove that every check of a role fails for the right reasons only. A
 * sample leaves out idle checks.
 */
export function proveChecks(role: Role): void {
  const catalogue = CATALOGUE.filter(({ roles }) => roles.includes(role))
  const checks = BREADTH === 'sample' ? sampleChecks(catalogue) : catalogue
  const dead = DEAD_TARGETS.filter((driver) => driver.role === role)
  const mutants = MUTANTS.filter((mutant) => mutant.role === role && !mutant.benign)
  const names = new Set(mutants.map(({ name }) => name))
  const variants = MUTANTS.filter((mutant) => mutant.role === role && mutant.benign).map(
    ({ driver, only }) => ({ kind: 'benign' as const, driver, only }),
  )
  const tried = BREADTH === 'sample' ? sampleVariants(variants, checks) : variants
  // Subjects of every check come first: they take the longest.
  const subjects: readonly MatrixSubject[] = [
    ...dead.map((driver) => ({ kind: 'dead' as const, driver })),
    ...tried,
    ...mutants.map(({ driver }) => ({ kind: 'mutant' as const, driver })),
  ]
  let columns: readonly MatrixColumn[] = []

  beforeAll(async () => {
    columns = await buildKillMatrix({
      checks,
      subjects,
      holdMs: HOLD_MS,
      full: BREADTH === 'full',
      concurrency: CONCURRENCY,
    })
    if (BREADTH !== 'sample') writeKillMatrix(role, checks, columns)
  }, LONGEST_MS)

  function verdictOn(name: string, { id }: StreamCheck): string {
    const verdict = columns.find((column) => column.name === name)?.verdicts.get(id)
    return verdict === undefined ? 'not run' : `${verdict.kind} ${verdict.reason}`
  }

  for (const check of checks) {
    test(`${check.id} fails every mutant that it names`, () => {
      const killers = killersOf(check, columns)
      const missed = check.kills.filter((name) => names.has(name) && !killers.includes(name))
      expect(missed.map((name) => `${name}: ${verdictOn(name, check)}`)).toEqual([])
    })
  }

  test('every check of the role names a mutant of that role', () => {
    const without = catalogue.filter(({ kills }) => !kills.some((name) => names.has(name)))
    expect(without.map(({ id }) => id)).toEqual([])
  })

  test('every named mutant exists for a role of the check', () => {
    const all = new Set(MUTANTS.filter(({ benign }) => !benign).map((mutant) => mutant.name))
    expect(catalogue.flatMap(({ kills }) => kills.filter((name) => !all.has(name)))).toEqual([])
  })

  test('every mutant is named by a check that must detect it', () => {
    const named = new Set(catalogue.flatMap(({ kills }) => kills))
    expect([...names].filter((name) => !named.has(name))).toEqual([])
  })

  test('benign variants of the role are tried', () => {
    const judged = columns.filter(({ kind, verdicts }) => kind === 'benign' && verdicts.size > 0)
    expect(judged).not.toEqual([])
  })

  for (const { driver } of tried) {
    const { name } = driver
    test(`the benign variant ${name} passes every check`, () => {
      const column = columns.find((candidate) => candidate.name === name)
      const rejected = [...(column?.verdicts ?? [])]
        .filter(([, verdict]) => isRejected(verdict))
        .map(([id, { kind, reason }]) => `${id} ${kind}: ${reason}`)
      expect(column).toBeDefined()
      expect(rejected).toEqual([])
    })
  }

  for (const { name } of dead) {
    test(`no check passes on the dead target ${name}`, () => {
      const column = columns.find((candidate) => candidate.name === name)
      const passed = [...(column?.verdicts ?? [])]
        .filter(([id, { kind }]) => kind === 'PASS' && !ALLOWED_ON_DEAD_TARGETS.has(id))
        .map(([id]) => id)
      expect(column?.verdicts.size).toBe(checks.filter(({ cost }) => cost !== 'idle').length)
      expect(passed).toEqual([])
    })
  }

  test('no check of the matrix ended with an ERROR', () => {
    const errors = columns.flatMap(({ name, verdicts }) =>
      [...verdicts]
        .filter(([, { kind }]) => kind === 'ERROR')
        .map(([id, { reason }]) => `${name}, ${id}: ${reason}`),
    )
    expect(errors).toEqual([])
  })
}

/** `sample`, `named` (all that checks declare), or `full`: see `docs/writing-checks.md`. */
function breadthFrom(given = 'named'): 'sample' | 'named' | 'full' {
  if (given === 'sample' || given === 'named' || given === 'full') return given
  throw new Error(`SSE_CONFORMANCE_MATRIX: expected sample, named or full, got "${given}"`)
}

function sampleChecks(catalogue: readonly StreamCheck[]): readonly StreamCheck[] {
  const candidates = catalogue.filter(({ cost }) => cost !== 'idle')
  const sample = shuffle(candidates, SEED).slice(0, SAMPLED_CHECKS)
  process.stdout.write(`proven by this sample: ${sample.map(({ id }) => id).join(', ')}\n`)
  return sample
}

function sampleVariants<Variant extends MatrixSubject>(
  variants: readonly Variant[],
  checks: readonly StreamCheck[],
): readonly Variant[] {
  const candidates = variants.filter((variant) => checks.some((check) => isTried(check, variant)))
  return shuffle(candidates, SEED).slice(0, Math.ceil(candidates.length * SAMPLED_VARIANTS))
}
