import { expect, test } from 'vitest'

import { runSuite } from '../run-suite.ts'
import { MUTANTS } from './mutants/mutants.ts'

test('a target that claims no reconnectWithinMs and gives up a back end fails, instead of being inconclusive', async () => {
  const mutant = MUTANTS.find(({ name }) => name === 'ring-three-losses')
  if (mutant === undefined) throw new Error('there is no mutant ring-three-losses')
  const { reconnectWithinMs: _unclaimed, ...claims } = mutant.driver.claims
  const { results } = await runSuite({
    target: {
      driver: { ...mutant.driver, claims },
      product: 'a mutant',
      file: {
        name: mutant.name,
        product: 'a mutant',
        role: mutant.role,
        frontPath: '',
        claims,
        values: {},
        variants: {},
      },
      flags: '',
    },
    selection: { only: ['up.one-after-reset'], skip: [], maxIdleSeconds: 0 },
    serial: true,
    onResult: () => {},
  })
  const result = results.find(({ check }) => check.id === 'up.one-after-reset')
  expect(result?.verdict.kind).toBe('FAIL')
  expect(result?.verdict.reason).toMatch(/^the target did not reconnect after reset \d of 3/)
  // It waited for a hundred times the first wait of the target, not for a minute.
  expect(result?.durationMs).toBeLessThan(60_000)
})
