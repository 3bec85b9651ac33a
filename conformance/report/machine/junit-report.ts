import type { SuiteRun } from '../../run-suite.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Result } from '../../runner/run.ts'
import { escapeXml } from '../escape.ts'
import { rerunCommand } from '../rerun.ts'

/**
 * JUnit XML: what fails the run is a failure, so a WARN is one with `--strict` only; faults of the
 * suite are errors, checks that were not judged are skipped.
 */
export function junitReport({
  target,
  results,
  statuses,
  durationMs,
  strict = false,
}: SuiteRun): string {
  const failed = ({ check, verdict }: Result<Rig>): boolean =>
    statuses.get(check.id)?.kind === 'unexpected' && (verdict.kind !== 'WARN' || strict)
  const count = (kind: ReturnType<typeof kindOf>): number =>
    results.filter((result) => kindOf(result) === kind && (kind === 'skipped' || failed(result)))
      .length
  const suite = attributes({
    name: target.driver.name,
    tests: String(results.length),
    failures: String(count('failure')),
    errors: String(count('error')),
    skipped: String(count('skipped')),
    time: seconds(durationMs),
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite${suite}>`,
    ...results.map((result) =>
      testCase(target.driver.name, result, failed(result), rerunCommand(target, result.check.id)),
    ),
    '</testsuite>\n',
  ].join('\n')
}

function testCase(targetName: string, result: Result<Rig>, failed: boolean, rerun: string): string {
  const { check, verdict, transcript } = result
  const testcase = attributes({
    name: check.id,
    classname: `${targetName}.${check.id.split('.')[0] ?? ''}`,
    time: seconds(result.durationMs),
  })
  const properties = { level: check.level, basis: check.basis, verdict: verdict.kind }
  const kind = kindOf(result)
  const message = verdict.reason
  const text = [
    check.title,
    message,
    check.source,
    check.meaning,
    `see it again: ${rerun}`,
    ...transcript,
  ].join('\n')
  return [
    `  <testcase${testcase}>`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([name, value]) => `      <property${attributes({ name, value })}/>`,
    ),
    '    </properties>',
    ...(kind === 'skipped' ? [`    <skipped${attributes({ message })}/>`] : []),
    ...(kind !== 'skipped' && failed
      ? [`    <${kind}${attributes({ type: verdict.kind, message })}>${escapeXml(text)}</${kind}>`]
      : []),
    '  </testcase>',
  ].join('\n')
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join('')
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

function kindOf({ verdict }: Result<Rig>): 'failure' | 'error' | 'skipped' {
  if (verdict.kind === 'SKIP' || verdict.kind === 'BLOCKED') return 'skipped'
  return verdict.kind === 'ERROR' ? 'error' : 'failure'
}
