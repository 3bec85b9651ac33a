/**
 * Keeps the effects of changes, e.g. on disk. Everything that changes the content of the store goes
 * through one.
 */
export interface EffectSink<Effect> {
  /**
   * Called before an effect is applied. When it throws, nothing has changed, and the caller fails
   * with that error.
   */
  record(effect: Effect): void
  /** Calls `run` once everything that was recorded is safe, in the order of the calls. */
  whenSafe(run: () => void): void
}

/** For content that is lost when the process ends. */
export const IN_MEMORY: EffectSink<unknown> = {
  record: () => {},
  whenSafe: (run) => run(),
}
