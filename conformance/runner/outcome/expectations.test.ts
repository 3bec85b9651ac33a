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
  'compareWithExpectation treats %s without an entry as unexpected',
  (kind) => {
    expect(compareWithExpectation('bytes.lf', verdict(kind), entries).kind).toBe('unexpected')
  },
)

test('compareWithExpectation does not apply an entry for one verdict to another', () => {
  expect(compareWithExpectation('flush.headers', verdict('ERROR'), entries).kind).toBe('unexpected')
})

test.each(['PASS', 'INFO', 'SKIP'] as const)(
  'compareWithExpectation needs no entry for %s',
  (kind) => {
    expect(compareWithExpectation('bytes.lf', verdict(kind), entries).kind).toBe('fine')
  },
)

test('staleExpectations returns an entry when all its checks were judged and none failed', () => {
  const passed = new Map([['flush.headers', verdict('PASS')]])
  expect(staleExpectations(passed, entries)).toEqual(entries)
})

test('staleExpectations omits an entry when one check fails as expected, or none was judged', () => {
  const mixed = new Map([
    ['flush.headers', verdict('PASS')],
    ['flush.sizes', verdict('FAIL')],
  ])
  expect(staleExpectations(mixed, entries)).toEqual([])
  expect(staleExpectations(new Map([['flush.headers', verdict('SKIP')]]), entries)).toEqual([])
})
