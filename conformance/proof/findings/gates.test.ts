import { expect, test } from 'vitest'

import { CATALOGUE } from '../../checks/catalogue.ts'
import { DIAGNOSIS } from '../../checks/diagnosis.ts'
import { StreamLane } from '../../rig/stream-lane.ts'
import { runChecks } from '../../runner/run.ts'
import type { Role } from '../../runner/target.ts'
import { MUTANTS } from '../mutants/mutants.ts'

/** The finding of the first gate that a mutant fails, and how many checks did not pass. */
async function gateFinding(name: string, role: Role): Promise<string> {
  const mutant = MUTANTS.find((each) => each.name === name && each.role === role)
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`)
  const { driver } = mutant
  const results = await runChecks({
    checks: CATALOGUE.filter(({ level, id }) => level === 'gate' || id === 'flush.headers'),
    driver,
    selection: { only: [], skip: [], maxIdleSeconds: 0 },
    lanes: 1,
    gated: true,
    diagnosis: DIAGNOSIS,
    openLane: () => new StreamLane({ driver, calibration: { holdMs: 400 } }),
    onResult: () => {},
  })
  const failed = results.find(({ verdict }) => verdict.kind === 'FAIL')
  return `${failed?.check.id}: ${failed?.verdict.reason}`
}

test.each<[string, Role, RegExp]>([
  ['head-waits-for-body', 'concentrator', /^flush\.headers: no response head came while no event/],
  ['head-waits-for-body', 'gateway', /^flush\.headers: no response head came while no event/],
  [
    'wrong-content-type',
    'gateway',
    /so: events do arrive, but Content-Type is application\/octet-stream: set/,
  ],
  [
    'wrong-content-type',
    'concentrator',
    /so: events do arrive, but Content-Type is application\/octet-stream: set/,
  ],
  ['body-swallower', 'gateway', /so: the target reads from the back end but does not write/],
  [
    'wrong-path',
    'concentrator',
    /^base\.token: back end A was asked for \S+ instead of \/stream\/a/,
  ],
  [
    'upstream-per-client',
    'concentrator',
    /^base\.stream: with 3 clients the target holds \d streams[^]*--role gateway/,
  ],
  ['ignores-clients', 'concentrator', /so: the target answers nothing, whatever the back end/],
  ['closes-clients', 'gateway', /base\.reach: the target (closed|reset) the connection/],
])('the first finding about the mutant %s, a %s, says what works', async (name, role, finding) => {
  expect(await gateFinding(name, role)).toMatch(finding)
})
