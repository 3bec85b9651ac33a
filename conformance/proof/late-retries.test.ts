import { expect, test } from 'vitest'

import { UP_TROUBLE_CHECKS } from '../checks/upstream/up/trouble.ts'
import { buildKillMatrix } from './matrix/kill-matrix.ts'
import { concentratorMutant } from './mutants/mutant.ts'

test('up.backoff fails a target whose first wait is long and whose other waits are 1 ms', async () => {
  const { driver } = concentratorMutant({
    name: 'hammers-later',
    description: 'waits long before the first retry, then retries every millisecond',
    points: () => ({ backend: { waitMs: (attempt) => (attempt === 0 ? 2500 : 1) } }),
  })
  const claims = { ...driver.claims, reconnectWithinMs: 4000 }
  const [column] = await buildKillMatrix({
    checks: UP_TROUBLE_CHECKS.filter(({ id }) => id === 'up.backoff'),
    subjects: [{ kind: 'benign', driver: { ...driver, claims } }],
    holdMs: 150,
    full: false,
    concurrency: 1,
  })
  expect(column?.verdicts.get('up.backoff')).toMatchObject({
    kind: 'WARN',
    reason: expect.stringMatching(/^the target tried \d+ times while a client/),
  })
})
