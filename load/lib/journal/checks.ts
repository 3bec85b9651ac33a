import { check } from 'k6'

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
