import type { Rig } from '../rig/rig.ts'
import type { Result } from '../runner/run.ts'

/** Checks that were skipped for one reason. */
export interface Skips {
  readonly reason: string
  readonly ids: readonly string[]
  /** What to add so that they judge; empty when nothing can be added. */
  readonly remedy: string
}

/** Skipped checks, grouped by reason, most first. */
export function skipsByReason(results: readonly Result<Rig>[]): readonly Skips[] {
  const byReason = new Map<string, string[]>()
  for (const { check, verdict } of results) {
    if (verdict.kind !== 'SKIP') continue
    byReason.set(verdict.reason, [...(byReason.get(verdict.reason) ?? []), check.id])
  }
  return [...byReason]
    .map(([reason, ids]) => ({ reason, ids, remedy: remedyFor(reason) }))
    .toSorted((a, b) => b.ids.length - a.ids.length)
}

function remedyFor(reason: string): string {
  const claims = /^the target does not claim: ([\w, -]+)$/.exec(reason)?.[1]
  return claims === undefined ? '' : `if it can: --claim ${claims.replaceAll(', ', ',')}`
}
