import type { Check } from './check.ts'

/** How one run of a check ended, before its level is weighed. */
export type Outcome =
  | { readonly value: string | void; readonly transcript: readonly string[] }
  | { readonly error: unknown; readonly transcript: readonly string[] }

/** A place where checks run one after the other: a target of its own and all that is needed around it. */
export interface Lane<Rig> {
  /**
   * Starts the target when none runs, hands the check its rig, and cleans up. Never rejects for what the check does. Every
   * wait of the check ends when `signal` aborts.
   */
  run(check: Check<Rig>, signal: AbortSignal): Promise<Outcome>
  close(): Promise<void>
}
