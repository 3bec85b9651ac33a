import { expect, test } from 'vitest'

import { CATALOGUE } from '../checks/catalogue.ts'
import { StreamLane } from '../rig/stream-lane.ts'
import type { TargetDriver, TargetRow } from '../runner/target.ts'
import { MUTANTS } from './mutants/mutants.ts'

const reference = MUTANTS.find(({ name, role }) => name === 'reference' && role === 'concentrator')

test.each<readonly [string, (row: TargetRow) => TargetRow | undefined, string]>([
  ['row.engine-killed', ({ fronts }) => ({ fronts }), 'name it under row.engine'],
  ['row.engine-returns', ({ fronts }) => ({ fronts }), 'name it under row.engine'],
  [
    'row.front-killed',
    ({ fronts: [{ url }, second] }) => ({ fronts: [{ url }, second] }),
    'cannot kill this front: give commands',
  ],
  ['row.resumes-elsewhere', () => undefined, 'name the second one under row'],
])('%s is skipped without what it needs, and says what to give', async (id, withLess, advice) => {
  const check = CATALOGUE.find((candidate) => candidate.id === id)
  if (reference === undefined || check === undefined) throw new Error(`no reference, or no ${id}`)
  const driver: TargetDriver = {
    ...reference.driver,
    start: async (settings) => {
      const target = await reference.driver.start(settings)
      return { ...target, row: target.row === undefined ? undefined : withLess(target.row) }
    },
  }
  const lane = new StreamLane({ driver, calibration: { holdMs: 2000 } })
  const outcome = await lane.run(check, new AbortController().signal)
  await lane.close()
  expect(outcome).toMatchObject({
    error: { kind: 'inapplicable', message: expect.stringContaining(advice) },
  })
})
