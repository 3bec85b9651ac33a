import type { SuiteRun } from '../run-suite.ts'
import { htmlReport } from './html/html-report.ts'
import { badge } from './machine/badge.ts'
import { jsonReport } from './machine/json-report.ts'
import { junitReport } from './machine/junit-report.ts'
import { markdownReport } from './markdown-report.ts'

/** The reports of a run, each as the text of one file. */
export const REPORTS = {
  json: jsonReport,
  junit: junitReport,
  html: htmlReport,
  markdown: markdownReport,
  badge,
} as const satisfies Readonly<Record<string, (run: SuiteRun) => string>>

export type ReportKind = keyof typeof REPORTS
export const REPORT_KINDS = [
  'json',
  'junit',
  'html',
  'markdown',
  'badge',
] as const satisfies readonly ReportKind[]
