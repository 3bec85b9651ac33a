import { create } from 'xmlbuilder2'

import { xmlText } from './escape.ts'
import type { Outcome } from './outcome.ts'

interface Case {
  readonly group: string
  readonly name: string
  readonly isOk: boolean
  readonly detail: string
}

/** The outcome as JUnit XML: one test case for each check and each threshold. */
export function junitReport(outcome: Outcome): string {
  const cases: readonly Case[] = [
    ...outcome.checks.map((check) => ({ group: 'check', ...check })),
    ...outcome.thresholds.map(({ metric, rule, isOk, got }) => {
      return { group: 'threshold', name: `${metric} ${rule}`, isOk, detail: `got ${got}` }
    }),
  ]
  const name = `load ${outcome.scenario} (${outcome.profile})`
  const seconds = (outcome.tookMs / 1000).toFixed(3)
  const suite = create({ version: '1.0', encoding: 'UTF-8' })
    .ele('testsuites')
    .ele('testsuite', {
      name,
      tests: cases.length + outcome.skipped.length,
      skipped: outcome.skipped.length,
      failures: cases.filter(({ isOk }) => !isOk).length,
      time: seconds,
      timestamp: outcome.startedAt,
    })
  for (const text of outcome.skipped) {
    suite
      .ele('testcase', { classname: `${outcome.scenario}.check`, name: xmlText(text) })
      .ele('skipped')
  }
  for (const { group, name: title, isOk, detail } of cases) {
    const element = suite.ele('testcase', {
      classname: `${outcome.scenario}.${group}`,
      name: xmlText(title),
    })
    if (isOk) continue
    const lines = [detail, ...outcome.faults].map(xmlText)
    element.ele('failure', { message: xmlText(detail) }).txt(lines.join('\n'))
  }
  return suite.end({ prettyPrint: true })
}
