import { expect, test } from 'vitest'

import { type Check, defineCheck } from './check.ts'
import type { Outcome } from './lane.ts'
import { Finding, isDoubtful, unlessStoodStill, type Verdict } from './outcome/verdict.ts'
import { runChecks } from './run.ts'

/** A check that needs no target. */
function checkOf(
  own: Pick<Parameters<typeof defineCheck<undefined>>[0], 'run'> &
    Partial<Parameters<typeof defineCheck<undefined>>[0]>,
): Check<undefined> {
  return defineCheck<undefined>({
    id: 'clients.closed',
    title: '',
    level: 'must',
    source: '',
    meaning: '',
    roles: ['gateway'],
    kills: [],
    ...own,
  })
}

/** Runs checks that need no target. */
async function runAll(checks: readonly Check<undefined>[], stallMs?: number) {
  return await runChecks<undefined>({
    checks,
    driver: {
      name: 'none',
      role: 'gateway',
      claims: { capabilities: [], variants: { tight: { stallMs } } },
      start: () => Promise.reject(new Error('not started')),
    },
    selection: { only: [], skip: [], maxIdleSeconds: 0 },
    lanes: 1,
    gated: true,
    openLane: () => ({
      run: async (own): Promise<Outcome> => {
        try {
          return { value: await own.run(undefined), transcript: [] }
        } catch (error) {
          return { error, transcript: [] }
        }
      },
      close: () => Promise.resolve(),
    }),
    onResult: () => {},
  })
}

/** The verdict of a check that blocks this process at its first run and ends with a finding. */
async function verdictAfter(
  blockedMs: number,
  symptom?: string,
  firstKind: Finding['kind'] = 'broken',
  stallMs?: number,
): Promise<Verdict | undefined> {
  let runs = 0
  const check = checkOf({
    variant: stallMs === undefined ? undefined : 'tight',
    run: () => {
      runs += 1
      if (runs === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockedMs)
      const kind = runs === 1 ? firstKind : 'broken'
      throw new Finding(kind, `the target closed the connection in run ${runs}`, symptom)
    },
  })
  const results = await runAll([check], stallMs)
  return results[0]?.verdict
}

test('a check that fails while the process of the suite stands still for over 5 s runs again', async () => {
  expect(await verdictAfter(5200, 'stream-ended')).toMatchObject({
    kind: 'FAIL',
    reason: 'the target closed the connection in run 2',
  })
})

test('a check that fails runs again after a standstill of half the shortest time that its target claims', async () => {
  expect(await verdictAfter(700, undefined, 'broken', 1200)).toMatchObject({
    reason: 'the target closed the connection in run 2',
  })
})

test('a check that is inconclusive while the process of the suite stands still runs again', async () => {
  expect(await verdictAfter(700, undefined, 'inconclusive', 1200)).toMatchObject({
    kind: 'FAIL',
    reason: 'the target closed the connection in run 2',
  })
})

test('a check that finds the machine too busy runs again', async () => {
  expect(await verdictAfter(0, undefined, 'busy')).toMatchObject({
    kind: 'FAIL',
    reason: 'the target closed the connection in run 2',
  })
})

test('a check that is inconclusive for another reason does not run again', async () => {
  expect(await verdictAfter(0, undefined, 'inconclusive')).toMatchObject({
    kind: 'INCONCLUSIVE',
    reason: 'the target closed the connection in run 1',
  })
})

test('a failure is INCONCLUSIVE when the process of the suite stood still each time', () => {
  const failure = { kind: 'FAIL', reason: 'an event is missing', symptom: 'lost' } as const
  expect(unlessStoodStill(failure, 5200)).toEqual({
    kind: 'INCONCLUSIVE',
    reason:
      'the process of the suite stood still for 5.2 s during this check; run it again. It saw: an event is missing',
  })
})

test.each([
  ['PASS', 5200, true],
  ['PASS', 4800, false],
  ['INFO', 5200, true],
  ['SKIP', 60_000, false],
  ['INCONCLUSIVE', 1600, true],
  ['FAIL', 1600, true],
  ['FAIL', 1400, false],
] as const)('isDoubtful for %s after a standstill of %i ms: %s', (kind, standstillMs, expected) => {
  expect(isDoubtful({ kind, reason: '' }, standstillMs, 1500)).toBe(expected)
})

test('a PASS is INCONCLUSIVE when the process of the suite stood still each time', () => {
  expect(unlessStoodStill({ kind: 'PASS', reason: '' }, 5200)).toEqual({
    kind: 'INCONCLUSIVE',
    reason:
      'the process of the suite stood still for 5.2 s during this check; run it again. It saw no fault',
  })
})

test('a finding that what came differs from what was sent remains FAIL however long it stood still', () => {
  const failure = { kind: 'FAIL', reason: 'a line is cut off', symptom: 'altered' } as const
  expect(unlessStoodStill(failure, 60_000)).toBe(failure)
})

test('a failure remains FAIL when the process of the suite was blocked for half a second', async () => {
  expect(await verdictAfter(500)).toMatchObject({
    kind: 'FAIL',
    reason: 'the target closed the connection in run 1',
  })
})

test('an exit of the target remains FAIL however long the process of the suite stood still', async () => {
  expect(await verdictAfter(5200, 'exit')).toMatchObject({ kind: 'FAIL', symptom: 'exit' })
})

test('a check that finds the machine too busy runs again after the other checks', async () => {
  const runs: string[] = []
  const named = (id: string, isBusyAtFirst: boolean) =>
    checkOf({
      id,
      run: async () => {
        runs.push(id)
        if (isBusyAtFirst && runs.length === 1) throw new Finding('busy', 'too busy')
      },
    })
  const results = await runAll([named('clients.first', true), named('clients.second', false)])
  expect(runs).toEqual(['clients.first', 'clients.second', 'clients.first'])
  expect(results.map(({ verdict }) => verdict.kind)).toEqual(['PASS', 'PASS'])
})
