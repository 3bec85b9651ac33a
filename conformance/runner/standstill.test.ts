import { expect, test } from 'vitest'

import { defineCheck } from './check.ts'
import type { Outcome } from './lane.ts'
import { Finding, type Verdict } from './outcome/verdict.ts'
import { runChecks } from './run.ts'

/** The verdict of a check that blocks this process and then ends with a finding. */
async function verdictAfter(blockedMs: number, symptom?: string): Promise<Verdict | undefined> {
  const check = defineCheck<undefined>({
    id: 'clients.closed',
    title: '',
    level: 'must',
    source: '',
    meaning: '',
    roles: ['gateway'],
    kills: [],
    run: () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockedMs)
      throw new Finding('broken', 'the target closed the connection', symptom)
    },
  })
  const results = await runChecks<undefined>({
    checks: [check],
    driver: {
      name: 'none',
      role: 'gateway',
      claims: { capabilities: [] },
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
  return results[0]?.verdict
}

test('a failure is INCONCLUSIVE when the process of the suite stood still for over 5 s', async () => {
  expect(await verdictAfter(5200, 'stream-ended')).toEqual({
    kind: 'INCONCLUSIVE',
    reason: expect.stringMatching(
      /^the process of the suite stood still for 5\.\d s during this check; run it again\. It saw: the target closed the connection$/,
    ),
  })
})

test('a failure remains FAIL when the process of the suite was blocked for half a second', async () => {
  expect(await verdictAfter(500)).toMatchObject({
    kind: 'FAIL',
    reason: 'the target closed the connection',
  })
})

test('an exit of the target remains FAIL however long the process of the suite stood still', async () => {
  expect(await verdictAfter(5200, 'exit')).toMatchObject({ kind: 'FAIL', symptom: 'exit' })
})
