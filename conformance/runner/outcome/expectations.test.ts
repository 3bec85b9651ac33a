import { expect, test } from 'vitest'

import { compareWithExpectation, staleExpectations } from './expectations.ts'
import type { Verdict, VerdictKind } from './verdict.ts'

const entries = [{ check: 'flush.*', verdict: 'FAIL' as const, reason: 'it buffers by default' }]
const verdict = (kind: VerdictKind): Verdict => ({ kind, reason: '' })

test('compareWithExpectation returns the reason of an expected failure', () => {
  expect(compareWithExpectation('flush.headers', verdict('FAIL'), entries)).toEqual({
    kind: 'expected',
    reason: 'it buffers by default',
  })
})

test.each(['FAIL', 'WARN', 'BLOCKED', 'INCONCLUSIVE', 'ERROR'] as const)(
  'compareWithExpectation takes %s without an entry for unexpected',
  (kind) => {
    expect(compareWithExpectation('bytes.lf', verdict(kind), entries).kind).toBe('unexpected')
  },
)

test('an expectation of one verdict does not cover another', () => {
  expect(compareWithExpectation('flush.headers', verdict('ERROR'), entries).kind).toBe('unexpected')
})

test.each(['PASS', 'INFO', 'SKIP'] as const)('%s needs no excuse', (kind) => {
  expect(compareWithExpectation('bytes.lf', verdict(kind), entries).kind).toBe('fine')
})

test('an expectation is stale when all its checks were judged and none failed', () => {
  const passed = new Map([['flush.headers', verdict('PASS')]])
  expect(staleExpectations(passed, entries)).toEqual(entries)
})

test('an expectation is not stale while one check fails as expected, or none was judged', () => {
  const mixed = new Map([
    ['flush.headers', verdict('PASS')],
    ['flush.sizes', verdict('FAIL')],
  ])
  expect(staleExpectations(mixed, entries)).toEqual([])
  expect(staleExpectations(new Map([['flush.headers', verdict('SKIP')]]), entries)).toEqual([])
})
