import { expect, test } from 'vitest'

import { forBoth } from '../../checks/stream-check.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Result } from '../../runner/run.ts'
import type { VerdictKind } from '../../runner/outcome/verdict.ts'
import { causesOf, effectOf, examplesFor } from './causes.ts'

function result(
  id: string,
  kind: VerdictKind,
  reason: string,
  symptom?: string,
  isBroad = false,
): Result<Rig> {
  const check = forBoth({
    id,
    title: `Title of ${id}`,
    level: kind === 'WARN' ? 'should' : 'must',
    source: '[sse §9.2.6]',
    meaning: 'users feel it',
    isBroad,
    kills: ['bare-405'],
    run: () => Promise.resolve(),
  })
  return { check, verdict: { kind, reason, symptom }, durationMs: 1, transcript: [] }
}

function shape(results: readonly Result<Rig>[]): readonly (readonly string[])[] {
  return causesOf(results).map(({ lead, others }) => [lead, ...others].map(({ check }) => check.id))
}

test('causesOf puts findings with one symptom together, musts first', () => {
  const results = [
    result('a.warn', 'WARN', 'late by 5 ms', 'late-event'),
    result('b.fail', 'FAIL', 'something else'),
    result('c.fail', 'FAIL', 'another text', 'late-event'),
  ]
  expect(shape(results)).toEqual([['c.fail', 'a.warn'], ['b.fail']])
})

test('causesOf lets the check that is about a symptom speak for the others', () => {
  const results = [
    result('front.content-type', 'FAIL', 'no response head', 'late-head'),
    result('flush.headers', 'FAIL', 'no response head came', 'late-head'),
  ]
  expect(shape(results)).toEqual([['flush.headers', 'front.content-type']])
})

test('causesOf puts equal findings together whatever their numbers, tokens and data are', () => {
  const results = [
    result('a.1', 'WARN', 'after 301 it asked for "/a" (0123456789ab)'),
    result('a.2', 'WARN', 'after 302 it asked for "/b" (ba9876543210)'),
    result('a.3', 'WARN', 'after 303 it asked nothing'),
  ]
  expect(shape(results)).toEqual([['a.1', 'a.2'], ['a.3']])
})

test('causesOf lets the check of a single rule speak for one that tries many rules', () => {
  const results = [
    result('a.all', 'FAIL', 'event 3 is missing', undefined, true),
    result('a.one', 'FAIL', 'event 1 is missing'),
  ]
  expect(shape(results)).toEqual([['a.one', 'a.all']])
  expect(causesOf(results)[0]?.title).toBe('Title of a.one')
})

test('causesOf does not join findings that only say that something is missing', () => {
  const results = [
    result('a.1', 'FAIL', 'no answer to HEAD', 'missed'),
    result('a.2', 'FAIL', 'no event came', 'missed'),
  ]
  expect(shape(results)).toEqual([['a.1'], ['a.2']])
})

test('causesOf puts three or more failed checks of the replay together, in whatever words they fail', () => {
  const replay = [
    result('replay.counts', 'FAIL', 'event 22 is missing', 'missed'),
    result('replay.ids', 'FAIL', 'the id differs', 'altered'),
    result('replay.edge', 'FAIL', 'an event came twice'),
  ]
  const apart = [
    result('replay.slow', 'FAIL', 'late by 5 ms', 'late-event'),
    result('replay.header', 'WARN', 'no id'),
    result('up.reset', 'FAIL', 'no connection'),
  ]
  expect(shape([...replay, ...apart])).toEqual([
    ['replay.counts', 'replay.ids', 'replay.edge'],
    ['replay.slow'],
    ['up.reset'],
    ['replay.header'],
  ])
  const [together] = causesOf(replay)
  expect(together?.title).toBe('A client that returns does not get exactly what it missed')
  expect(shape(replay.slice(1))).toEqual([['replay.ids'], ['replay.edge']])
})

test('causesOf leaves out checks that were not run, and puts a failed gate first', () => {
  const gate = result('base.reach', 'FAIL', 'nothing listens')
  const results = [
    result('a.1', 'FAIL', 'one'),
    result('a.2', 'FAIL', 'one'),
    result('a.3', 'BLOCKED', 'base.reach did not pass'),
    { ...gate, check: { ...gate.check, level: 'gate' as const } },
  ]
  expect(shape(results)).toEqual([['base.reach'], ['a.1', 'a.2']])
})

test('a check without a verdict tells neither an effect on users nor examples of faults', () => {
  const undecided = result('a.1', 'INCONCLUSIVE', 'the target did not start')
  expect([effectOf(undecided), examplesFor(undecided)]).toEqual(['', ''])
  const failed = result('a.1', 'FAIL', 'broken', 'missed')
  expect([effectOf(failed), examplesFor(failed)]).toEqual([
    'users feel it',
    'the proxy answers 405 without Allow',
  ])
})
