import { z } from 'zod'

import { CAPABILITIES } from '../../runner/target.ts'
import { VERDICT_KINDS } from '../../runner/outcome/verdict.ts'

/**
 * The JSON report, version 2. The version grows when a field is removed or changes its meaning, not
 * when one is added.
 */
export const reportSchema = z.object({
  schema: z.literal(2),
  suite: z.object({
    /** Changes whenever a check is added, removed, or changes its level. */
    catalogue: z.string(),
    node: z.string(),
    platform: z.string(),
  }),
  startedAt: z.iso.datetime(),
  target: z.object({
    name: z.string(),
    product: z.string(),
    role: z.enum(['concentrator', 'gateway']),
    claims: z.looseObject({ capabilities: z.array(z.enum(CAPABILITIES)) }),
  }),
  /** How long a check waited for what should come. */
  holdMs: z.int(),
  durationMs: z.int(),
  results: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      level: z.enum(['gate', 'must', 'should', 'info']),
      basis: z.enum(['documented', 'standard', 'derived', 'choice']),
      source: z.string(),
      meaning: z.string(),
      verdict: z.enum(VERDICT_KINDS),
      reason: z.string(),
      /** The kind of finding, for those that several checks can have for the same cause. */
      symptom: z.string().optional(),
      /** The command that runs the check again on the same target. */
      rerun: z.string().optional(),
      /** How the verdict compares with the expectation file. */
      standing: z.enum(['fine', 'expected', 'unexpected']),
      durationMs: z.int(),
      /**
       * The transcript of both legs, one line per event. Empty when the verdict needs no
       * explanation.
       */
      transcript: z.array(z.string()),
    }),
  ),
  staleExpectations: z.array(
    z.object({ check: z.string(), verdict: z.enum(VERDICT_KINDS), reason: z.string() }),
  ),
})

/** The same schema for programs in other languages. */
export function reportJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(reportSchema), undefined, 2)}\n`
}
