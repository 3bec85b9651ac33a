import { createHash } from 'node:crypto'

import { CATALOGUE } from '../../checks/catalogue.ts'
import type { SuiteRun } from '../../run-suite.ts'
import { escapeJson } from '../escape.ts'
import { rerunCommand } from '../rerun.ts'

/** The whole run as data, in the shape of `report.schema.json`. */
export function jsonReport({
  target,
  results,
  statuses,
  stale,
  holdMs,
  durationMs,
}: SuiteRun): string {
  const report = {
    schema: 2,
    suite: {
      catalogue: catalogueRevision(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
    startedAt: new Date(Date.now() - durationMs).toISOString(),
    target: {
      name: target.driver.name,
      product: target.product,
      role: target.driver.role,
      claims: target.driver.claims,
    },
    holdMs: Math.round(holdMs),
    durationMs: Math.round(durationMs),
    results: results.map((result) => ({
      id: result.check.id,
      title: result.check.title,
      level: result.check.level,
      basis: result.check.basis,
      source: result.check.source,
      meaning: result.check.meaning,
      verdict: result.verdict.kind,
      reason: result.verdict.reason,
      symptom: result.verdict.symptom,
      rerun: rerunCommand(target, result.check.id),
      standing: statuses.get(result.check.id)?.kind ?? 'fine',
      durationMs: Math.round(result.durationMs),
      transcript: result.transcript,
    })),
    staleExpectations: stale,
  }
  return `${escapeJson(JSON.stringify(report, undefined, 2))}\n`
}

function catalogueRevision(): string {
  const rules = CATALOGUE.map(({ id, level, needs }) => `${id} ${level} ${needs.join()}`)
  return createHash('sha256').update(rules.join('\n')).digest('hex').slice(0, 12)
}
