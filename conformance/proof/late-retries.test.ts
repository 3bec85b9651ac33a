import { expect, test } from 'vitest'

import { verdictOn } from './matrix/verdict-on.ts'
import { concentratorMutant } from './mutants/mutant.ts'

test('up.backoff fails a target whose first wait is long and whose other waits are 1 ms', async () => {
  const { driver } = concentratorMutant({
    name: 'hammers-later',
    description: 'waits long before the first retry, then retries every millisecond',
    points: () => ({ backend: { waitMs: (attempt) => (attempt === 0 ? 2500 : 1) } }),
  })
  const claims = { ...driver.claims, reconnectWithinMs: 4000 }
  const subject = { kind: 'benign', driver: { ...driver, claims } } as const
  expect(await verdictOn(subject, 'up.backoff')).toMatchObject({
    kind: 'WARN',
    reason: expect.stringMatching(/^the target tried \d+ times while a client/),
  })
})
