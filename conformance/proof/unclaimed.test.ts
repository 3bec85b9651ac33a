import { expect, test } from 'vitest'

import { verdictOn } from './matrix/verdict-on.ts'
import type { Mutant } from './mutants/mutant.ts'
import { MUTANTS } from './mutants/mutants.ts'

function concentrator(name: string): Mutant {
  const found = MUTANTS.find((mutant) => mutant.name === name && mutant.role === 'concentrator')
  if (found === undefined) throw new Error(`there is no mutant ${name}`)
  return found
}

// The kill matrix proves that no check fails these variants. Without this test they could equal the reference.
test.concurrent.each([
  ['writes-anew', 'bytes.verbatim'],
  ['without-ids', 'replay.exact'],
  ['plain-fan-out', 'up.opened-at-start'],
])('the variant %s fails %s when it claims what it lacks', async (name, id) => {
  const { claims } = concentrator('reference').driver
  const driver = { ...concentrator(name).driver, claims }
  expect((await verdictOn({ kind: 'benign', driver }, id))?.kind).toMatch(/FAIL|WARN/)
})

test('a target that connects to its back ends with its first client passes what it claims', async () => {
  const { driver } = concentrator('plain-fan-out')
  for (const id of ['join.at-once', 'up.retry-apart', 'admin.healthy'])
    expect(await verdictOn({ kind: 'benign', driver }, id)).toMatchObject({ kind: 'PASS' })
})
