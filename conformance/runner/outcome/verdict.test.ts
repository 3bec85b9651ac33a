import { expect, test } from 'vitest'

import { Finding, judge } from './verdict.ts'

const broken = { error: new Finding('broken', 'why') }

test.each([
  ['gate', 'FAIL'],
  ['must', 'FAIL'],
  ['should', 'WARN'],
  ['info', 'INFO'],
] as const)('a broken rule of level %s is %s', (level, kind) => {
  expect(judge(level, broken)).toEqual({ kind, reason: 'why' })
})

test('a check that returns has passed; one that only observes says what it saw', () => {
  expect(judge('must', { value: undefined })).toEqual({ kind: 'PASS', reason: '' })
  expect(judge('info', { value: '3 ms' })).toEqual({ kind: 'INFO', reason: '3 ms' })
})

test('any other error is our own, never the fault of a target', () => {
  expect(judge('must', { error: new TypeError('x is not a function') }).kind).toBe('ERROR')
  expect(judge('must', { error: 'text' }).kind).toBe('ERROR')
})

test('what could not be judged, or does not apply, is told apart from both', () => {
  expect(judge('must', { error: new Finding('inconclusive', 'busy') }).kind).toBe('INCONCLUSIVE')
  expect(judge('must', { error: new Finding('inapplicable', 'no head') }).kind).toBe('SKIP')
})
