import type { Check } from './check.ts'

/** How one run of a check ended, before its level is applied. */
export type Outcome =
  | { readonly value: string | void; readonly transcript: readonly string[] }
  | { readonly error: unknown; readonly transcript: readonly string[] }

/** Runs checks one after another on its own target and back ends. */
export interface Lane<Rig> {
  /**
   * Starts the target if none runs, passes the check its rig, and cleans up. Never rejects because
   * of the check. Every wait of the check ends when `signal` aborts.
   */
  run(check: Check<Rig>, signal: AbortSignal): Promise<Outcome>
  close(): Promise<void>
}
