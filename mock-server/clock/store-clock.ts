import { LIMITS } from '../content/limits.ts'
import type { FaultListener } from '../errors.ts'
import { MockServerError } from '../errors.ts'
import { readBody } from '../http/read-body.ts'
import type { ClockSetting, ClockState } from './clock-setting.ts'
import { assertDateOfFeeds, CLOCK_SETTING } from './clock-setting.ts'
import type { ClockTimer } from './timer-queue.ts'
import { TimerQueue } from './timer-queue.ts'

/** Longest delay that Node's `setTimeout` takes. */
const MAX_DELAY_MS = 2_147_483_647

export interface StoreClockOptions {
  /** The clock behind it; default the real one. */
  readonly now?: (() => Date) | undefined
  /** How it goes at first and after `reset`; default with the real time. */
  readonly setting?: ClockSetting | undefined
  /** Called for what a timer throws. */
  readonly onFault?: FaultListener | undefined
}

/**
 * The time of the store, in two scales. `now()` is the date that clients see: `set` freezes it,
 * sets it and shifts it. `passedMs` is what timers use: it never goes back, it does not
 * pass while the clock is frozen, and `set` does not change it. `advance` moves both, and runs what is due.
 *
 * It is for what the imitated store does by time. Timeouts of the network (idle sockets, the grace
 * of a close, waits of the control API) stay on the real clock, because their peers are real.
 */
export class StoreClock {
  readonly #now: () => Date
  readonly #isSourceReal: boolean
  readonly #start: ClockSetting
  readonly #onFault: FaultListener
  readonly #timers = new TimerQueue()
  readonly #maxTimersPerAdvance: number
  /** Set while the clock is frozen. */
  #frozenAtMs: number | undefined
  #offsetMs = 0
  /** `passedMs` is this, and the real time since `#runsSince`. */
  #passedMs = 0
  /** By `performance.now()`; undefined while the clock is frozen. */
  #runsSince: number | undefined = performance.now()
  #alarm: NodeJS.Timeout | undefined
  #advancing: Promise<unknown> = Promise.resolve()
  #isAdvancing = false
  #isClosed = false

  constructor(
    { now, setting = {}, onFault = () => {} }: StoreClockOptions = {},
    maxTimersPerAdvance: number = LIMITS.timersPerAdvance,
  ) {
    this.#now = now ?? (() => new Date())
    this.#isSourceReal = now === undefined
    this.#start = setting
    this.#onFault = onFault
    this.#maxTimersPerAdvance = maxTimersPerAdvance
    this.set(setting)
  }

  /** The date that clients see. */
  now(): Date {
    return new Date(this.nowMs)
  }

  /** As `now()`, in milliseconds, and without an object. */
  get nowMs(): number {
    if (this.#frozenAtMs !== undefined) return this.#frozenAtMs
    return (this.#isSourceReal ? Date.now() : this.#now().getTime()) + this.#offsetMs
  }

  /** Whole milliseconds of store time since the start. Never goes back. */
  get passedMs(): number {
    if (this.#runsSince === undefined) return this.#passedMs
    return this.#passedMs + Math.floor(performance.now() - this.#runsSince)
  }

  /** True while it shows the time of this machine. */
  get isReal(): boolean {
    return this.#isSourceReal && this.#frozenAtMs === undefined && this.#offsetMs === 0
  }

  get isFrozen(): boolean {
    return this.#frozenAtMs !== undefined
  }

  get state(): ClockState {
    return {
      frozen: this.isFrozen,
      at: this.now().toISOString(),
      ...(this.isFrozen ? {} : { offsetMs: this.#offsetMs }),
      timers: this.#timers.size,
    }
  }

  /** Runs `run` once, after so much store time. Clear it with `clear`. */
  setTimeout(run: () => void, ms: number): ClockTimer {
    return this.#add({ dueMs: this.passedMs + atLeast(0, ms), run, everyMs: undefined })
  }

  /** Runs `run` again and again; `ms` is 1 at least. */
  setInterval(run: () => void, ms: number): ClockTimer {
    const everyMs = atLeast(1, ms)
    return this.#add({ dueMs: this.passedMs + everyMs, run, everyMs })
  }

  /** Ends a timer. One that has run, and undefined, are ignored. */
  clear(timer: ClockTimer | undefined): void {
    if (timer !== undefined && this.#timers.remove(timer)) this.#wake()
  }

  /**
   * Replaces the setting: what is left out has its default, so `{}` is the real time. It sets the
   * date alone, as an administrator does: no time passes, and no timer runs. Throws `bad-request`
   * for an invalid one.
   */
  set(setting: ClockSetting): ClockState {
    const { frozen, at, offsetMs = 0 } = readBody(CLOCK_SETTING, setting)
    const realMs = this.#now().getTime()
    const shownMs = at === undefined ? realMs + offsetMs : Date.parse(at)
    assertDateOfFeeds(shownMs)
    this.#passedMs = this.passedMs
    this.#runsSince = frozen ? undefined : performance.now()
    this.#frozenAtMs = frozen ? shownMs : undefined
    this.#offsetMs = shownMs - realMs
    this.#wake()
    return this.state
  }

  /** As it was set at the start. Timers stay. */
  reset(): void {
    this.set(this.#start)
  }

  /**
   * Lets `ms` of store time pass at once. Whatever becomes due runs in order, each timer at its own
   * time, with what it sets in turn; then the promise resolves. Calls wait for each other. Throws
   * `bad-request` beyond the year 9999, and `limit-reached` when too many timers are due: the clock
   * is then at the last one that ran.
   */
  async advance(ms: number): Promise<ClockState> {
    const turn = this.#advanceAfter(this.#advancing, ms)
    this.#advancing = turn.catch(() => {})
    await turn
    return this.state
  }

  /** No timer runs any more. */
  close(): void {
    this.#isClosed = true
    this.#timers.clear()
    clearTimeout(this.#alarm)
  }

  async #advanceAfter(earlier: Promise<unknown>, ms: number): Promise<void> {
    await earlier
    this.#isAdvancing = true
    this.#wake()
    try {
      await this.#advance(ms)
    } finally {
      this.#isAdvancing = false
      this.#wake()
    }
  }

  async #advance(ms: number): Promise<void> {
    assertDateOfFeeds(this.now().getTime() + ms)
    let leftMs = ms
    for (let count = 0; ; count += 1) {
      const first = this.#timers.first
      if (first === undefined) break
      const stepMs = Math.max(0, first.dueMs - this.passedMs)
      if (stepMs > leftMs) break
      if (count === this.#maxTimersPerAdvance) {
        throw new MockServerError(
          'limit-reached',
          `timersPerAdvance: ${count} timers have run, and more are due; the clock is at ${this.state.at}; ` +
            'advance it in smaller steps, or set longer intervals',
          { limit: 'timersPerAdvance' },
        )
      }
      this.#moveBy(stepMs)
      leftMs -= stepMs
      this.#run(first)
      // Promises that the timer started continue, and may set timers that are due next.
      await new Promise(setImmediate)
    }
    this.#moveBy(leftMs)
  }

  #moveBy(ms: number): void {
    this.#passedMs += ms
    if (this.#frozenAtMs === undefined) this.#offsetMs += ms
    else this.#frozenAtMs += ms
  }

  #add(timer: ClockTimer): ClockTimer {
    if (this.#isClosed) return timer
    this.#timers.add(timer)
    if (this.#timers.first === timer) this.#wake()
    return timer
  }

  #run(timer: ClockTimer): void {
    this.#timers.remove(timer)
    if (timer.everyMs !== undefined) {
      timer.dueMs = this.passedMs + timer.everyMs
      this.#timers.add(timer)
    }
    try {
      timer.run()
    } catch (error) {
      this.#onFault(error)
    }
  }

  /** Sets the real timer to the first of the timers. A frozen clock runs only what is due already. */
  #wake(): void {
    clearTimeout(this.#alarm)
    this.#alarm = undefined
    const first = this.#timers.first
    if (first === undefined || this.#isAdvancing) return
    const ms = Math.max(0, first.dueMs - this.passedMs)
    if (ms > 0 && this.isFrozen) return
    this.#alarm = setTimeout(() => this.#runDue(), Math.min(Math.ceil(ms), MAX_DELAY_MS))
  }

  #runDue(): void {
    const nowMs = this.passedMs
    for (;;) {
      const first = this.#timers.first
      if (first === undefined || first.dueMs > nowMs) break
      this.#run(first)
    }
    this.#wake()
  }
}

function atLeast(min: number, ms: number): number {
  return Number.isFinite(ms) ? Math.max(min, Math.ceil(ms)) : min
}
