import type { Level } from '../check.ts'

/**
 * PASS · FAIL: a must is broken · WARN: a should is not met · INFO: observed, not scored · SKIP:
 * not applicable or not selected · BLOCKED: a gate failed earlier · INCONCLUSIVE: the environment
 * did not allow a verdict · ERROR: a fault of the suite.
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
  /** The kind of finding, for those that several checks can have for the same cause. */
  readonly symptom?: string | undefined
}

/**
 * A check throws this to end with a verdict. Any other error is a fault of the suite. `busy` is
 * inconclusive because of this machine, or of a state that passes, so that the check is worth
 * another attempt.
 */
export class Finding extends Error {
  readonly kind: 'broken' | 'busy' | 'inconclusive' | 'inapplicable'
  readonly symptom: string | undefined

  constructor(kind: Finding['kind'], message: string, symptom?: string) {
    super(message)
    this.name = 'Finding'
    this.kind = kind
    this.symptom = symptom
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
  const { message: reason, symptom } = error
  switch (error.kind) {
    case 'broken':
      return { kind: BROKEN[level], reason, symptom }
    case 'busy':
    case 'inconclusive':
      return { kind: 'INCONCLUSIVE', reason, symptom }
    default:
      return { kind: 'SKIP', reason }
  }
}

/** A target may time out a client that is silent for this long. */
export const STANDSTILL_MS = 5000

/** Findings that no standstill explains: the target exited, or what came differs from what was sent. */
const CERTAIN: ReadonlySet<string | undefined> = new Set(['exit', 'altered'])

/**
 * Whether the verdict of a check may come from a standstill of the suite's own process. Meanwhile
 * its clients read nothing and its back ends answer nothing: a failure may be its own after
 * `limitMs`, the shortest time that the target gives them. What came too late seems to be in time,
 * so a long standstill explains a PASS, too.
 */
export function isDoubtful(
  { kind, symptom }: Verdict,
  standstillMs: number,
  limitMs = STANDSTILL_MS,
): boolean {
  if (kind === 'SKIP' || kind === 'BLOCKED' || CERTAIN.has(symptom)) return false
  const isFine = kind === 'PASS' || kind === 'INFO'
  return standstillMs > (isFine ? STANDSTILL_MS : limitMs)
}

/** The verdict of a check during which the process of the suite stood still for so long. */
export function unlessStoodStill(verdict: Verdict, standstillMs: number): Verdict {
  const { kind, reason } = verdict
  const isScored = kind === 'FAIL' || kind === 'WARN' || kind === 'PASS'
  if (!isScored || !isDoubtful(verdict, standstillMs)) return verdict
  const seconds = (standstillMs / 1000).toFixed(1)
  const saw = kind === 'PASS' ? 'It saw no fault' : `It saw: ${reason}`
  // Without its symptom, because a report names the usual causes of each.
  return {
    kind: 'INCONCLUSIVE',
    reason: `the process of the suite stood still for ${seconds} s during this check; run it again. ${saw}`,
  }
}
