import { matchesGlob } from '../selection/glob.ts'
import type { Verdict, VerdictKind } from './verdict.ts'

/** A verdict that is known and explained. */
export interface Expectation {
  /** Id of a check, or a glob. */
  readonly check: string
  readonly verdict: Extract<VerdictKind, 'FAIL' | 'WARN' | 'INCONCLUSIVE'>
  readonly reason: string
  /** True: it does not happen in every run, so the entry is never stale. */
  readonly sometimes?: boolean | undefined
}

/** How a verdict compares with what was expected of it. */
export type ExpectationStatus =
  | { readonly kind: 'fine' }
  | { readonly kind: 'expected'; readonly reason: string }
  /** It failed without an entry, or with another verdict than expected. */
  | { readonly kind: 'unexpected' }

const NEEDS_NO_EXCUSE: ReadonlySet<VerdictKind> = new Set(['PASS', 'INFO', 'SKIP'])

export function compareWithExpectation(
  id: string,
  verdict: Verdict,
  expectations: readonly Expectation[],
): ExpectationStatus {
  if (NEEDS_NO_EXCUSE.has(verdict.kind)) return { kind: 'fine' }
  const entry = expectations.find(
    ({ check, verdict: kind }) => kind === verdict.kind && matchesGlob(check, id),
  )
  return entry === undefined ? { kind: 'unexpected' } : { kind: 'expected', reason: entry.reason }
}

/** Stale entries: every check that they name was judged, and none had the expected verdict. */
export function staleExpectations(
  verdicts: ReadonlyMap<string, Verdict>,
  expectations: readonly Expectation[],
): readonly Expectation[] {
  return expectations.filter(({ check, verdict, sometimes }) => {
    if (sometimes === true) return false
    const judged = [...verdicts].filter(
      ([id, { kind }]) => matchesGlob(check, id) && kind !== 'SKIP' && kind !== 'BLOCKED',
    )
    return judged.length > 0 && judged.every(([, { kind }]) => kind !== verdict)
  })
}
