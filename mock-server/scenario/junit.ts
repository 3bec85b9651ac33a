import { writeXml, type XmlObject } from '../atom/write-xml.ts'
import type { ScenarioResult } from './scenario-run.ts'
import { resultLine } from './result-line.ts'

/** Characters that XML cannot hold. */
// oxlint-disable-next-line no-control-regex -- these are the ones.
const NOT_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g

/** A JUnit report: one test case for each scenario. */
export function writeJunit(results: readonly ScenarioResult[]): string {
  const failures = results.filter(({ verdict }) => verdict === 'failed').length
  const totals = {
    '@tests': results.length,
    '@failures': failures,
    '@time': seconds(sumOf(results)),
  }
  return writeXml('testsuites', {
    ...totals,
    testsuite: { '@name': 'mock-content-store run', ...totals, testcase: results.map(testCase) },
  })
}

function testCase(result: ScenarioResult): XmlObject {
  const message = result.message === undefined ? undefined : xmlText(result.message)
  return {
    '@classname': 'scenario',
    '@name': xmlText(result.name),
    '@time': seconds(result.ms),
    failure: message === undefined ? undefined : { '@message': message, '#': message },
    'system-out': xmlText(resultLine(result)),
  }
}

function sumOf(results: readonly ScenarioResult[]): number {
  return results.reduce((sum, { ms }) => sum + ms, 0)
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

/** The detour over bytes replaces lone surrogates. */
function xmlText(text: string): string {
  return Buffer.from(text).toString().replaceAll(NOT_XML, '\uFFFD')
}
