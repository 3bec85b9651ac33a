import { stringify } from 'yaml'

import { CATALOGUE } from '../checks/catalogue.ts'
import type { LoadedTarget } from '../drivers/load-target.ts'
import { judgeTarget } from '../judge.ts'
import { resultLine } from '../report/console-report.ts'
import { CAPABILITIES, type Capability } from '../runner/target.ts'

/**
 * Measures what a target could claim: every check that needs exactly one capability is run, claimed or not. Returns the
 * `claims` block for a target file, and prints what it was measured by.
 */
export async function probeClaims(
  target: LoadedTarget,
  print: (text: string) => void,
): Promise<string> {
  const checks = CATALOGUE.filter(
    ({ needs, roles }) => needs.length === 1 && roles.includes(target.driver.role),
  )
  const driver = {
    ...target.driver,
    claims: { ...target.driver.claims, capabilities: CAPABILITIES },
  }
  const { results } = await judgeTarget({
    target: { ...target, driver, expectations: undefined },
    selection: { only: checks.map(({ id }) => id), skip: [], maxIdleSeconds: 0 },
    serial: false,
    onResult: (result, standing) => print(`# ${resultLine(result, standing)}\n`),
  })
  const shown = (capability: Capability): boolean => {
    const judged = results.filter(
      ({ check }) => check.needs.length === 1 && check.needs.includes(capability),
    )
    return judged.length > 0 && judged.every(({ verdict }) => verdict.kind === 'PASS')
  }
  const { capabilities: _claimed, ...numbers } = target.driver.claims
  return stringify({ claims: { capabilities: CAPABILITIES.filter(shown), ...numbers } })
}
