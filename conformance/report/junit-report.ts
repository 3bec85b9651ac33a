import { create } from 'xmlbuilder2'

import type { Judgement } from '../judge.ts'
import type { Rig } from '../rig/rig.ts'
import type { Result } from '../runner/run.ts'

/** JUnit XML: unexpected verdicts are failures, our own faults are errors, what was not judged is skipped. */
export function junitReport({ target, results, standings, durationMs }: Judgement): string {
  const failed = (result: Result<Rig>): boolean =>
    standings.get(result.check.id)?.kind === 'unexpected'
  const suite = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuite', {
    name: target.driver.name,
    tests: results.length,
    failures: results.filter((result) => failed(result) && kindOf(result) === 'failure').length,
    errors: results.filter((result) => failed(result) && kindOf(result) === 'error').length,
    skipped: results.filter((result) => kindOf(result) === 'skipped').length,
    time: (durationMs / 1000).toFixed(3),
  })
  for (const result of results) {
    const { check, verdict, transcript } = result
    const element = suite.ele('testcase', {
      name: check.id,
      classname: `${target.driver.name}.${check.id.split('.')[0] ?? ''}`,
      time: (result.durationMs / 1000).toFixed(3),
    })
    const properties = element.ele('properties')
    for (const [name, value] of Object.entries({
      level: check.level,
      basis: check.basis,
      verdict: verdict.kind,
    })) {
      properties.ele('property', { name, value })
    }
    const kind = kindOf(result)
    if (kind === 'skipped') element.ele('skipped', { message: printable(verdict.reason) })
    else if (failed(result)) {
      element
        .ele(kind, { type: verdict.kind, message: printable(verdict.reason) })
        .txt(printable([check.title, check.source, check.meaning, ...transcript].join('\n')))
    }
  }
  return `${suite.end({ prettyPrint: true })}\n`
}

function kindOf({ verdict }: Result<Rig>): 'failure' | 'error' | 'skipped' {
  if (verdict.kind === 'SKIP' || verdict.kind === 'BLOCKED') return 'skipped'
  return verdict.kind === 'ERROR' ? 'error' : 'failure'
}

/** XML 1.0 has no place for most control characters. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this takes out
  return text.replaceAll(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '\uFFFD')
}
