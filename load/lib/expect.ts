import { check } from 'k6'
import { Counter } from 'k6/metrics'

import { note } from './journal.ts'

const runs = new Counter('completed_runs')

/**
 * The last step of a scenario. k6 ends with 0 when an asynchronous function throws, so a threshold has to ask whether all
 * of it has been done.
 */
export function completed(): void {
  runs.add(1)
}

/** A check of k6 that also says what came. Names must not vary from run to run: reports compare them. */
export function expect(name: string, got: number, wanted: number): void {
  const isOk = check(got, { [name]: (value) => value === wanted })
  note({ kind: 'check', name, isOk, detail: isOk ? `${got}` : `expected ${wanted}, got ${got}` })
}
