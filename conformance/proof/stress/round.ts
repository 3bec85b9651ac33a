import { z } from 'zod'

import { VERDICT_KINDS } from '../../runner/outcome/verdict.ts'

/** A verdict that differs from the one on a quiet machine. */
const wrongVerdict = z.object({
  check: z.string(),
  target: z.string(),
  expected: z.enum(['pass', 'fail']),
  kind: z.enum(VERDICT_KINDS),
  reason: z.string(),
})

const subjectRound = z.object({
  name: z.string(),
  /** Verdicts on targets that every check must pass. */
  harmless: z.int(),
  /** Verdicts on targets that the check must fail. */
  broken: z.int(),
  wrong: z.array(wrongVerdict),
})

export const roundSchema = z.object({
  number: z.int(),
  durationMs: z.int(),
  /** Load average over the last minute, at the end of the round. */
  load: z.number(),
  subjects: z.array(subjectRound),
})

export type WrongVerdict = z.infer<typeof wrongVerdict>
export type SubjectRound = z.infer<typeof subjectRound>
export type Round = z.infer<typeof roundSchema>
