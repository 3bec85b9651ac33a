import { beforeAll, expect, test } from 'vitest'

import { CATALOGUE } from '../checks/catalogue.ts'
import { DEAD_TARGETS } from '../mutants/dead-targets.ts'
import { MUTANTS } from '../mutants/mutants.ts'
import type { Role } from '../runner/target.ts'
import { killersOf, writeKillMatrix } from './kill-matrix-report.ts'
import { buildKillMatrix, type MatrixColumn, type Subject } from './kill-matrix.ts'

const HOLD_MS = 1000
const CONCURRENCY = 12
/** Ends a run that hangs; how long a good one takes is up to the machine. */
const LONGEST_MS = 3_600_000

/** What a dead target can truly do: it answers. */
const TRUE_OF_THE_DEAD = new Set(['base.reach'])

/** Declares the tests that see every check of a role fail, and fail for the right reasons only. */
export function proveChecks(role: Role): void {
  const checks = CATALOGUE.filter(({ roles }) => roles.includes(role))
  const mutants = MUTANTS.filter((mutant) => mutant.role === role)
  const dead = DEAD_TARGETS.filter((driver) => driver.role === role)
  const names = new Set(mutants.filter(({ benign }) => !benign).map(({ name }) => name))
  // Those that every check is tried on come first: they take the longest.
  const subjects: readonly Subject[] = [
    ...dead.map((driver) => ({ kind: 'dead' as const, driver })),
    ...mutants.map(({ benign, driver }) => ({
      kind: benign ? ('benign' as const) : ('mutant' as const),
      driver,
    })),
  ]
  let columns: readonly MatrixColumn[] = []

  beforeAll(async () => {
    columns = await buildKillMatrix({
      checks,
      subjects,
      holdMs: HOLD_MS,
      full: process.env['SSE_CONFORMANCE_MATRIX'] === 'full',
      concurrency: CONCURRENCY,
    })
    writeKillMatrix(role, checks, columns)
  }, LONGEST_MS)

  for (const check of checks) {
    test(`${check.id} fails every mutant that it names, and names one`, () => {
      const declared = check.kills.filter((name) => names.has(name))
      expect(declared, 'no mutant of this role is named').not.toEqual([])
      expect(killersOf(check, columns)).toEqual(expect.arrayContaining(declared))
    })
  }

  test('every named mutant exists for a role of the check', () => {
    const all = new Set(MUTANTS.filter(({ benign }) => !benign).map((mutant) => mutant.name))
    expect(checks.flatMap(({ kills }) => kills.filter((name) => !all.has(name)))).toEqual([])
  })

  test('every mutant is named by a check that has to catch it', () => {
    const named = new Set(checks.flatMap(({ kills }) => kills))
    expect([...names].filter((name) => !named.has(name))).toEqual([])
  })

  for (const { name } of mutants.filter(({ benign }) => benign)) {
    test(`${name} is right, and passes every check`, () => {
      const column = columns.find((candidate) => candidate.name === name)
      const rejected = [...(column?.verdicts ?? [])]
        .filter(([, { kind }]) => kind !== 'PASS' && kind !== 'INFO')
        .map(([id, { kind, reason }]) => `${id} ${kind}: ${reason}`)
      expect(column).toBeDefined()
      expect(rejected).toEqual([])
    })
  }

  for (const { name } of dead) {
    test(`nothing passes on ${name}`, () => {
      const column = columns.find((candidate) => candidate.name === name)
      const passed = [...(column?.verdicts ?? [])]
        .filter(([id, { kind }]) => kind === 'PASS' && !TRUE_OF_THE_DEAD.has(id))
        .map(([id]) => id)
      expect(column?.verdicts.size).toBe(checks.filter(({ cost }) => cost !== 'idle').length)
      expect(passed).toEqual([])
    })
  }

  test('no check broke down', () => {
    const errors = columns.flatMap(({ name, verdicts }) =>
      [...verdicts]
        .filter(([, { kind }]) => kind === 'ERROR')
        .map(([id, { reason }]) => `${name}, ${id}: ${reason}`),
    )
    expect(errors).toEqual([])
  })
}
