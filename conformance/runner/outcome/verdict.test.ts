import { expect, test } from 'vitest'

import { Finding, verdictOf } from './verdict.ts'

const broken = { error: new Finding('broken', 'why') }

test.each([
  ['gate', 'FAIL'],
  ['must', 'FAIL'],
  ['should', 'WARN'],
  ['info', 'INFO'],
] as const)('verdictOf reports a broken rule of level %s as %s', (level, kind) => {
  expect(verdictOf(level, broken)).toEqual({ kind, reason: 'why' })
})

test('verdictOf is PASS for a check that returns, and INFO for one that only observes', () => {
  expect(verdictOf('must', { value: undefined })).toEqual({ kind: 'PASS', reason: '' })
  expect(verdictOf('info', { value: '3 ms' })).toEqual({ kind: 'INFO', reason: '3 ms' })
})

test('verdictOf reports any other error as ERROR, never as FAIL', () => {
  expect(verdictOf('must', { error: new TypeError('x is not a function') }).kind).toBe('ERROR')
  expect(verdictOf('must', { error: 'text' }).kind).toBe('ERROR')
})

test('verdictOf distinguishes INCONCLUSIVE and SKIP from PASS and FAIL', () => {
  expect(verdictOf('must', { error: new Finding('inconclusive', 'busy') }).kind).toBe(
    'INCONCLUSIVE',
  )
  expect(verdictOf('must', { error: new Finding('inapplicable', 'no head') }).kind).toBe('SKIP')
})
