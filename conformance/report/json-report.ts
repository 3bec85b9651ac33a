import type { Judgement } from '../judge.ts'

/** Everything of a run as data; `schema` grows when the shape changes. */
export function jsonReport({
  target,
  results,
  standings,
  stale,
  holdMs,
  durationMs,
}: Judgement): string {
  const report = {
    schema: 1,
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
      verdict: result.verdict.kind,
      reason: result.verdict.reason,
      standing: standings.get(result.check.id)?.kind,
      durationMs: Math.round(result.durationMs),
      transcript: result.transcript,
    })),
    staleExpectations: stale,
  }
  return `${JSON.stringify(report, undefined, 2)}\n`
}
