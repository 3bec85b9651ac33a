import { Finding } from '../runner/outcome/verdict.ts'
import type { Activity } from './activity.ts'
import { listDifference } from './finding/list-difference.ts'
import type { Symptom } from './finding/symptom.ts'

/** How long a check waits for what should come; set once per run by `base.calibrate`. */
export interface Calibration {
  holdMs: number
  /**
   * The target sends a response head only with the first event. Checks continue; `flush.headers`
   * fails.
   */
  headNeedsEvent?: boolean
}

/** So many bytes may take one hold time more. */
const BYTES_PER_HOLD = 1024 * 1024
/** How often in a row a wait for bytes restarts although few have arrived. */
const MOST_SLOW = 3

/**
 * Waits and assertions of a check. Every wait ends, and a condition that stays false becomes a
 * finding.
 */
export class Assertions {
  readonly calibration: Calibration
  readonly #activity: Activity
  readonly #signal: AbortSignal

  constructor(activity: Activity, calibration: Calibration, signal: AbortSignal) {
    this.#activity = activity
    this.calibration = calibration
    this.#signal = signal
  }

  get holdMs(): number {
    return this.calibration.holdMs
  }

  /** How long this many bytes may take: a large event is slow, not lost. */
  holdMsFor(bytes: number): number {
    return this.holdMs * (1 + bytes / BYTES_PER_HOLD)
  }

  /** Ends the check: the target breaks the rule. */
  fail(what: string, symptom?: Symptom): never {
    throw new Finding('broken', what, symptom)
  }

  /** Ends the check unless the condition is true now. */
  expect(condition: boolean, what: string, symptom?: Symptom): void {
    if (!condition) this.fail(what, symptom)
  }

  /**
   * Ends the check unless a client has read exactly these events, by their data. `when` begins the
   * finding.
   */
  expectRead(came: readonly string[], wanted: readonly string[], when: string): void {
    const difference = listDifference(wanted, came)
    if (difference !== undefined) this.fail(`${when}: ${difference}`)
  }

  /** Ends the check without a verdict: the rule does not apply here. */
  skip(why: string): never {
    throw new Finding('inapplicable', why)
  }

  /** Ends the check without a verdict: the machine did not allow to judge the rule. */
  inconclusive(why: string): never {
    throw new Finding('busy', why)
  }

  /** True when the condition becomes true within the hold time. */
  eventually(condition: () => boolean, limitMs = this.holdMs): Promise<boolean> {
    return this.#activity.eventually(condition, limitMs, this.#signal)
  }

  /** Like `eventually`, for bulk: the hold time restarts whenever `progress` grows. */
  async eventuallyWhileGrowing(
    progress: () => number,
    condition: () => boolean,
    limitMs = this.holdMs,
  ): Promise<boolean> {
    for (;;) {
      const before = progress()
      if (await this.eventually(condition, limitMs)) return true
      if (progress() === before) return false
    }
  }

  /**
   * Like `eventuallyWhileGrowing`, for received bytes. Heartbeats are such bytes, too: less than a
   * byte per millisecond counts as progress a few times only.
   */
  async eventuallyWhileReceiving(
    bytes: () => number,
    condition: () => boolean,
    limitMs = this.holdMs,
  ): Promise<boolean> {
    for (let slow = 0; slow < MOST_SLOW;) {
      const before = bytes()
      if (await this.eventually(condition, limitMs)) return true
      const grown = bytes() - before
      if (grown === 0) return false
      slow = grown < limitMs ? slow + 1 : 0
    }
    return false
  }

  /** Like `requireEventually`, for bulk: a slow target passes as long as `progress` grows. */
  async requireEventuallyWhileGrowing(
    progress: () => number,
    condition: () => boolean,
    what: string | (() => string),
    limitMs = this.holdMs,
  ): Promise<void> {
    if (await this.eventuallyWhileGrowing(progress, condition, limitMs)) return
    this.fail(typeof what === 'string' ? what : what(), 'missed')
  }

  /** Waits for the condition. Fails with `what` when the hold time expires. */
  async requireEventually(
    condition: () => boolean,
    what: string | (() => string),
    limitMs = this.holdMs,
    symptom: Symptom = 'missed',
  ): Promise<void> {
    if (await this.eventually(condition, limitMs)) return
    const reason = typeof what === 'string' ? what : what()
    this.fail(`${reason} (waited ${Math.round(limitMs)} ms)`, symptom)
  }

  /** Call before an event counts as late: a target may have got no processor time. */
  async letTargetRun(): Promise<void> {}

  /** Waits by the clock, by default long enough for written bytes to be forwarded. Asserts nothing. */
  async pause(ms = 2): Promise<void> {
    await this.#activity.pause(ms, this.#signal)
  }
}
