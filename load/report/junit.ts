import XmlBuilder from 'fast-xml-builder'

import { consoleLine } from './escape.ts'
import type { Outcome } from './outcome.ts'

interface Case {
  readonly group: string
  readonly name: string
  readonly isOk: boolean
  readonly detail: string
}

const builder = new XmlBuilder({
  attributeNamePrefix: '@',
  textNodeName: '#',
  ignoreAttributes: false,
  suppressBooleanAttributes: false,
  suppressEmptyNode: true,
  format: true,
})

/** The outcome as JUnit XML: one test case for each check and each threshold. */
export function junitReport(outcome: Outcome): string {
  const { scenario, skipped, faults } = outcome
  const cases: readonly Case[] = [
    ...outcome.checks.map((check) => ({ group: 'check', ...check })),
    ...outcome.thresholds.map(({ metric, rule, isOk, got }) => {
      return { group: 'threshold', name: `${metric} ${rule}`, isOk, detail: `got ${got}` }
    }),
  ]
  const testsuite = {
    '@name': `load ${scenario} (${outcome.profile})`,
    '@tests': cases.length + skipped.length,
    '@skipped': skipped.length,
    '@failures': cases.filter(({ isOk }) => !isOk).length,
    '@time': (outcome.tookMs / 1000).toFixed(3),
    '@timestamp': outcome.startedAt,
    testcase: [
      ...skipped.map((text) => {
        return { '@classname': `${scenario}.check`, '@name': consoleLine(text), skipped: '' }
      }),
      ...cases.map(({ group, name, isOk, detail }) => ({
        '@classname': `${scenario}.${group}`,
        '@name': consoleLine(name),
        failure: isOk ? undefined : failure(detail, faults),
      })),
    ],
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ testsuites: { testsuite } })}`
}

function failure(detail: string, faults: readonly string[]) {
  return {
    '@message': consoleLine(detail),
    '#': [detail, ...faults].map(consoleLine).join('\n'),
  }
}
