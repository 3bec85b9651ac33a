import type { Level } from '../check.ts'

/**
 * PASS · FAIL: a must is broken · WARN: a should is not met · INFO: observed, not scored · SKIP: not applicable or not
 * selected · BLOCKED: a gate failed earlier · INCONCLUSIVE: the environment did not allow a verdict · ERROR: a fault of
 * the suite.
 */
export const VERDICT_KINDS = [
  'PASS',
  'FAIL',
  'WARN',
  'INFO',
  'SKIP',
  'BLOCKED',
  'INCONCLUSIVE',
  'ERROR',
] as const

export type VerdictKind = (typeof VERDICT_KINDS)[number]

export interface Verdict {
  readonly kind: VerdictKind
  /** The reason, in a sentence. Empty for a plain PASS. */
  readonly reason: string
}

/** A check throws this to end with a verdict. Any other error is a fault of the suite. */
export class Finding extends Error {
  readonly kind: 'broken' | 'inconclusive' | 'inapplicable'

  constructor(kind: Finding['kind'], message: string) {
    super(message)
    this.name = 'Finding'
    this.kind = kind
  }
}

const BROKEN = { gate: 'FAIL', must: 'FAIL', should: 'WARN', info: 'INFO' } as const

/** The verdict of a finished check at its level. */
export function verdictOf(
  level: Level,
  outcome: { readonly value: string | void } | { readonly error: unknown },
): Verdict {
  if ('value' in outcome) {
    return { kind: level === 'info' ? 'INFO' : 'PASS', reason: outcome.value ?? '' }
  }
  const { error } = outcome
  if (!(error instanceof Finding)) {
    return {
      kind: 'ERROR',
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  }
  switch (error.kind) {
    case 'broken':
      return { kind: BROKEN[level], reason: error.message }
    case 'inconclusive':
      return { kind: 'INCONCLUSIVE', reason: error.message }
    default:
      return { kind: 'SKIP', reason: error.message }
  }
}
