import type { SuiteRun } from '../../run-suite.ts'
import { escapeJson } from '../escape.ts'

/** The endpoint format of shields.io: how many of the judged musts pass. */
export function badge({ target, results }: SuiteRun): string {
  const musts = results.filter(
    ({ check, verdict }) => check.level === 'must' && verdict.kind !== 'SKIP',
  )
  const kept = musts.filter(({ verdict }) => verdict.kind === 'PASS').length
  const all = kept === musts.length && kept > 0
  const content = {
    schemaVersion: 1,
    label: `SSE ${target.driver.role}`,
    message: `${kept}/${musts.length} must`,
    color: all ? 'brightgreen' : 'red',
  }
  return `${escapeJson(JSON.stringify(content))}\n`
}
