import { expect, test } from 'vitest'

import { verdictOn } from './matrix/verdict-on.ts'
import { MUTANTS } from './mutants/mutants.ts'

/** Three holds of this length are longer than the targets wait for a silent back end. */
const HOLD_MS = 1500

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
