import { expect, test } from 'vitest'

import { forConcentrator } from '../../checks/stream-check.ts'
import { concentratorMutant } from '../mutants/mutant.ts'
import { buildKillMatrix } from './kill-matrix.ts'

const HOLD_MS = 100

test('buildKillMatrix judges a mutant again alone when the machine was too busy to judge it', async () => {
  const { driver } = concentratorMutant({
    name: 'faulty',
    description: 'has a fault',
    points: () => ({}),
  })
  const check = forConcentrator({
    id: 'up.example',
    title: 'An example',
    level: 'must',
    source: '[protocol §4.4]',
    meaning: 'None.',
    kills: ['faulty'],
    // The attempt alone has a longer hold time.
    run: async (t) => {
      if (t.holdMs === HOLD_MS) t.inconclusive('this machine was too busy to measure')
      t.fail('the fault is seen')
    },
  })
  const [column] = await buildKillMatrix({
    checks: [check],
    subjects: [{ kind: 'mutant', driver }],
    holdMs: HOLD_MS,
    full: false,
    concurrency: 1,
  })
  expect(column?.verdicts.get('up.example')).toMatchObject({
    kind: 'FAIL',
    reason: 'the fault is seen',
  })
})
