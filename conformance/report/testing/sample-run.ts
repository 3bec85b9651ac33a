import { forConcentrator } from '../../checks/stream-check.ts'
import { describeTarget } from '../../drivers/target-file.ts'
import type { SuiteRun } from '../../run-suite.ts'
import type { ExpectationStatus } from '../../runner/outcome/expectations.ts'
import type { VerdictKind } from '../../runner/outcome/verdict.ts'

const WIRE = [
  '      1.0 ms  C ──> client 1 3 B "<b>"',
  '      2.0 ms    O <── origin A 1 B "\\x00"',
]

function result(id: string, kind: VerdictKind, reason: string) {
  const check = forConcentrator({
    id,
    title: `Title of ${id}`,
    level: 'must',
    source: '[sse §9.2.6]',
    meaning: 'users feel it',
    kills: [],
    run: () => Promise.resolve(),
  })
  return {
    check,
    verdict: { kind, reason },
    durationMs: 12,
    transcript: kind === 'PASS' ? [] : WIRE,
  }
}

/** A run with one result of each kind that reports treat differently. */
export const SAMPLE_RUN: SuiteRun = {
  target: {
    driver: {
      name: 'demo',
      role: 'concentrator',
      claims: { capabilities: ['replay'] },
      start: () => Promise.reject(new Error('never started')),
    },
    product: 'a <product> & more',
    file: describeTarget({
      name: 'demo',
      product: 'demo',
      role: 'concentrator',
      external: { front: 'http://127.0.0.1:1' },
    }),
    flags: '--target demo.yaml',
  },
  results: [
    result('a.pass', 'PASS', ''),
    result('a.fail', 'FAIL', 'came | <script>\0'),
    result('b.known', 'FAIL', 'known'),
    result('b.skip', 'SKIP', 'not claimed'),
    result('b.error', 'ERROR', 'our fault'),
  ],
  statuses: new Map<string, ExpectationStatus>([
    ['a.pass', { kind: 'fine' }],
    ['a.fail', { kind: 'unexpected' }],
    ['b.known', { kind: 'expected', reason: 'it is old' }],
    ['b.skip', { kind: 'fine' }],
    ['b.error', { kind: 'unexpected' }],
  ]),
  stale: [{ check: 'c.old', verdict: 'FAIL', reason: 'it was so' }],
  holdMs: 2000,
  durationMs: 1234,
}
