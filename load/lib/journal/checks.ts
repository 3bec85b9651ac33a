import { check } from 'k6'

import type { Claim } from '../settings/claims.ts'
import { settings } from '../settings/current-settings.ts'
import { record } from './journal.ts'

/**
 * A check of k6 that also records the values. Names must be the same in each run: reports compare
 * them.
 */
export function expectEqual(name: string, actual: number, expected: number): void {
  const isOk = check(actual, { [name]: (value) => value === expected })
  const detail = isOk ? `${actual}` : `expected ${expected}, got ${actual}`
  record({ kind: 'check', name, isOk, detail })
}

/** Whether the proxy claims this. If not, records what is therefore not verified. */
export function isClaimed(claim: Claim, what: string): boolean {
  if (settings.claims.includes(claim)) return true
  record({ kind: 'skip', text: `${what}: --claim does not name ${claim}` })
  return false
}
