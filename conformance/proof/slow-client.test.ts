import { expect, test } from 'vitest'

import { verdictOn } from './matrix/verdict-on.ts'
import type { TargetDriver } from '../runner/target.ts'
import type { ConcentratorFaults } from './mutants/concentrator/concentrator-faults.ts'
import { concentratorMutant } from './mutants/mutant.ts'
import { MUTANTS } from './mutants/mutants.ts'

/** Three holds of this length are longer than the targets wait for a silent back end. */
const HOLD_MS = 1500
/** Shorter than the pause of any client. */
const STALL_MS = 5
const NEVER_MS = 86_400_000

/** Loses events without notice, until the check is silent and its back end seems to be away. */
const losing = MUTANTS.find(({ name }) => name === 'ring-blocked-drops')

test('load.lag takes no gap event for an outage as notice of the events that a slow client lost', async () => {
  if (losing === undefined) throw new Error('the mutant ring-blocked-drops does not exist')
  const { driver } = losing
  expect(await verdictOn({ kind: 'mutant', driver }, 'load.lag', HOLD_MS)).toMatchObject({
    kind: 'FAIL',
    reason: expect.stringContaining('events, by a client that paused'),
  })
})

/** `drops-when-slow`, with these faults besides, anew at each start. It claims to disconnect any client that pauses. */
function impatient(fault: () => ConcentratorFaults): TargetDriver {
  const { driver } = concentratorMutant({
    name: 'drops-when-slow',
    description: 'loses events of slow clients, and disconnects some',
    points: () => ({ member: { dropsWhenSlow: true }, ...fault() }),
  })
  return { ...driver, claims: { ...driver.claims, variants: { tight: { stallMs: STALL_MS } } } }
}

test('load.lag has no verdict on a target that disconnects a client for its pause alone', async () => {
  const driver = impatient(() => ({ limits: { stallMs: STALL_MS } }))
  expect(await verdictOn({ kind: 'mutant', driver }, 'load.lag')).toMatchObject({
    kind: 'INCONCLUSIVE',
    reason: expect.stringMatching(/paused for \d+ ms/),
  })
})

test('load.lag finds lost events by a shorter pause when the first one ended in a disconnect', async () => {
  const driver = impatient(() => {
    let responses = 0
    return {
      limits: { stallMs: NEVER_MS },
      body: ({ emit, fail }) => {
        responses += 1
        return { push: responses === 1 ? fail : emit }
      },
    }
  })
  expect(await verdictOn({ kind: 'mutant', driver }, 'load.lag')).toMatchObject({
    kind: 'FAIL',
    reason: expect.stringContaining('of 246 events, by a client that paused'),
  })
})
