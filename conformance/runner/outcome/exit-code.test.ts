import { expect, test } from 'vitest'

import { defineCheck, type Level } from '../check.ts'
import { exitCode } from './exit-code.ts'
import type { ExpectationStatus } from './expectations.ts'
import type { VerdictKind } from './verdict.ts'

type Row = readonly [
  level: Level,
  verdict: VerdictKind,
  expectationStatus?: ExpectationStatus['kind'],
]

function codeOf(
  rows: readonly Row[],
  { strict = false, stale = false, selectsGate = false } = {},
): number {
  const results = rows.map(([level, kind], index) => ({
    check: defineCheck<undefined>({
      id: `group.${index}`,
      title: '',
      level,
      source: '',
      meaning: '',
      roles: [],
      kills: [],
      run: () => Promise.resolve(),
    }),
    verdict: { kind, reason: '' },
    durationMs: 0,
    transcript: [],
  }))
  const statuses = new Map<string, ExpectationStatus>(
    rows.map(([, , kind = 'fine'], index) => [
      `group.${index}`,
      kind === 'expected' ? { kind, reason: 'known' } : { kind },
    ]),
  )
  const entries = stale ? [{ check: 'group.0', verdict: 'FAIL' as const, reason: 'known' }] : []
  return exitCode({ results, statuses, stale: entries, strict, selectsGate })
}

const PASS: Row = ['must', 'PASS']

test.each<[string, number, readonly Row[], object?]>([
  ['all checks pass', 0, [['gate', 'PASS'], PASS]],
  ['an expected failure does not count', 0, [PASS, ['must', 'FAIL', 'expected']]],
  ['a should is not met', 0, [PASS, ['should', 'WARN', 'unexpected']]],
  [
    'a should is not met with --strict',
    6,
    [PASS, ['should', 'WARN', 'unexpected']],
    { strict: true },
  ],
  ['a must fails', 1, [PASS, ['must', 'FAIL', 'unexpected']]],
  ['a must could not be judged', 1, [PASS, ['must', 'INCONCLUSIVE', 'unexpected']]],
  [
    'a gate fails',
    3,
    [
      ['gate', 'FAIL', 'unexpected'],
      ['must', 'BLOCKED', 'unexpected'],
    ],
  ],
  [
    'nothing was selected',
    4,
    [
      ['gate', 'PASS'],
      ['must', 'SKIP'],
    ],
  ],
  ['only gates were selected and pass', 0, [['gate', 'PASS']], { selectsGate: true }],
  ['only a gate was selected and it fails', 3, [['gate', 'FAIL', 'unexpected']]],
  ['an expected failure passes', 5, [PASS], { stale: true }],
  ['the suite itself is at fault', 70, [PASS, ['must', 'ERROR', 'unexpected']]],
])('exitCode when %s: %i', (_name, code, rows, options) => {
  expect(codeOf(rows, options)).toBe(code)
})
