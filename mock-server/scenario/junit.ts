import { create } from 'xmlbuilder2'

import type { ScenarioResult } from './scenario-run.ts'
import { resultLine } from './result-line.ts'

/** Characters that XML cannot hold. */
// oxlint-disable-next-line no-control-regex -- these are the ones.
const NOT_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g

/** A JUnit report: one test case for each scenario. */
export function writeJunit(results: readonly ScenarioResult[]): string {
  const failures = results.filter(({ verdict }) => verdict === 'failed').length
  const totals = { tests: results.length, failures, time: seconds(sumOf(results)) }
  const suite = create({ version: '1.0', encoding: 'UTF-8' })
    .ele('testsuites', totals)
    .ele('testsuite', { name: 'mock-content-store run', ...totals })
  for (const result of results) {
    const { name, ms, message } = result
    const testcase = suite.ele('testcase', {
      classname: 'scenario',
      name: xmlText(name),
      time: seconds(ms),
    })
    if (message !== undefined)
      testcase.ele('failure', { message: xmlText(message) }).txt(xmlText(message))
    testcase.ele('system-out').txt(xmlText(resultLine(result)))
  }
  return `${suite.end({ prettyPrint: true })}\n`
}

function sumOf(results: readonly ScenarioResult[]): number {
  return results.reduce((sum, { ms }) => sum + ms, 0)
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

/** The detour over bytes replaces lone surrogates. */
function xmlText(text: string): string {
  const legal = Buffer.from(text).toString().replaceAll(NOT_XML, '\uFFFD')
  // The builder does not escape an ampersand that looks like the start of a reference.
  return legal.replaceAll('&', '&amp;')
}
