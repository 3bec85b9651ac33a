import { expect, test } from 'vitest'

import { verdictOn } from './matrix/verdict-on.ts'
import type { BackendFaults } from './mutants/concentrator/concentrator-faults.ts'
import { concentratorMutant } from './mutants/mutant.ts'

/** About as long as the refusals of this check ask a target to wait. */
const STANDSTILL_MS = 900
const STANDSTILLS = 3

/** The verdict on a target in this process, which stands still before it reconnects. */
async function verdictWith(faults: BackendFaults): Promise<string | undefined> {
  const { driver } = concentratorMutant({
    name: 'stands-still',
    description: 'stands still before its first attempts to reconnect',
    points: () => ({ backend: { ...faults, waitMs } }),
  })
  return (await verdictOn({ kind: 'benign', driver }, 'up.retry-after'))?.kind
}

function waitMs(attempt: number): number {
  if (attempt < STANDSTILLS) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDSTILL_MS)
  }
  return 1
}

test('up.retry-after fails a target that seems to wait because the machine stands still', async () => {
  expect(await verdictWith({ retryAfter: 'ignored' })).toBe('WARN')
  expect(await verdictWith({})).toBe('PASS')
})
