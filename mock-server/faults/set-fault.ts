import type { Socket } from 'node:net'

import type { StoreClock } from '../clock/store-clock.ts'
import type { ClockTimer } from '../clock/timer-queue.ts'
import { SeededRandom } from '../seeded-random.ts'
import type { Fault } from './fault.ts'
import { ConnectionCap } from './kinds/connection-cap.ts'
import type { FaultSubject } from './fault-scope.ts'
import { kindRule } from './fault-kinds.ts'
import { Lifetime } from './lifetime.ts'
import { PathGlob } from './path-glob.ts'

/** A fault, and what it has done. */
export type FaultReport = Fault & {
  /** What it was for since it was set: requests, streams, events or rows. */
  readonly requests: number
  /** How many of them it struck. */
  readonly strikes: number
  /** Whether it has healed, by `count`, by `ttlMs` or at the end of its window. */
  readonly isHealed: boolean
  /** Until it heals by time, by the clock of the store; null without an end, 0 after it. */
  readonly endsInMs: number | null
}

/** One fault of the plan, from when it is set until it is over. */
export class SetFault {
  readonly fault: Fault
  /** For what its strikes draw. */
  readonly random: SeededRandom
  /** Over when it is removed, at the end of its window, and after `ttlMs`. */
  readonly life = new Lifetime()
  readonly #chances: SeededRandom
  readonly #cap: ConnectionCap | undefined
  readonly #path: PathGlob | undefined
  readonly #log: PathGlob | undefined
  readonly #startMs: number
  readonly #endMs: number
  readonly #clock: StoreClock
  #timers: readonly ClockTimer[] = []
  #requests = 0
  #strikes = 0

  constructor(fault: Fault, clock: StoreClock, seed: number) {
    this.fault = fault
    this.random = new SeededRandom(seed, `fault/${fault.name}`)
    this.#chances = new SeededRandom(seed, `chance/${fault.name}`)
    this.#clock = clock
    this.#cap = fault.kind === 'connections' ? new ConnectionCap(fault.max) : undefined
    const {
      path,
      log,
      window,
      ttlMs = Infinity,
    } = fault.kind === 'down' ? lastingOnly(fault.ms) : fault
    this.#path = path === undefined ? undefined : new PathGlob(path)
    this.#log = log === undefined ? undefined : new PathGlob(log)
    const { afterMs, forMs } = window ?? { afterMs: 0, forMs: Infinity }
    this.#startMs = clock.passedMs + afterMs
    this.#endMs = Math.min(this.#startMs + forMs, clock.passedMs + ttlMs)
  }

  /** Calls `onStart` when its time begins, now or later, and ends its life when it is over. */
  start(onStart: () => void): void {
    const { passedMs } = this.#clock
    const later = (run: () => void, atMs: number): readonly ClockTimer[] =>
      atMs === Infinity ? [] : [this.#clock.setTimeout(run, atMs - passedMs)]
    this.#timers = later(() => this.end(), this.#endMs)
    if (this.#startMs <= passedMs) onStart()
    else this.#timers = [...this.#timers, ...later(onStart, this.#startMs)]
  }

  end(): void {
    for (const timer of this.#timers) this.#clock.clear(timer)
    this.life.end()
  }

  get report(): FaultReport {
    return {
      ...this.fault,
      requests: this.#requests,
      strikes: this.#strikes,
      isHealed: this.#isHealed,
      endsInMs:
        this.#endMs === Infinity
          ? null
          : Math.max(0, Math.round(this.#endMs - this.#clock.passedMs)),
    }
  }

  /** Whether it is for this, by its scope and its selectors. */
  isFor(subject: FaultSubject, per: 'request' | 'stream' | 'event'): boolean {
    const { fault } = this
    if (fault.kind === 'down' || fault.scope !== subject.scope) return false
    if (subject.scope === 'sse-open' && kindRule(fault.kind).per !== per) return false
    if (isRowKind(fault.kind)) return false
    return this.#isSelected(fault, subject)
  }

  /** Whether it is for events on open streams. */
  get isForEvents(): boolean {
    const { fault } = this
    return (
      fault.kind !== 'down' && fault.scope === 'sse-open' && kindRule(fault.kind).per === 'event'
    )
  }

  /** Whether it is for the row of a change in this log. */
  isForRow(log: string): boolean {
    return isRowKind(this.fault.kind) && (this.#log?.matches(log) ?? true)
  }

  /**
   * Counts something that it is for, and says whether it is due. Draws once, whether or not the
   * fault strikes in the end.
   */
  isDue(socket?: Socket): boolean {
    if (this.fault.kind === 'down') return false
    if (socket !== undefined && this.#cap?.admits(socket) === true) return false
    this.#requests += 1
    const isTurn = this.#isTurn(this.fault)
    const { passedMs } = this.#clock
    return isTurn && !this.#isHealed && passedMs >= this.#startMs
  }

  strike(): void {
    this.#strikes += 1
  }

  #isSelected(fault: Exclude<Fault, { kind: 'down' }>, subject: FaultSubject): boolean {
    const { method, client, user } = fault
    if (method !== undefined && method !== subject.method) return false
    if (client !== undefined && client !== subject.client) return false
    if (user !== undefined && user !== subject.user) return false
    if (this.#log !== undefined && !(subject.log !== undefined && this.#log.matches(subject.log)))
      return false
    return this.#path?.matches(subject.path) ?? true
  }

  #isTurn({ first, every, after, once, probability }: Exclude<Fault, { kind: 'down' }>): boolean {
    const turn = this.#requests
    if (first !== undefined) return turn <= first
    if (every !== undefined) return turn % every === 0
    if (after !== undefined) return turn > after
    if (once !== undefined) return this.#strikes === 0
    return probability === undefined || this.#chances.chance(probability)
  }

  get #isHealed(): boolean {
    const count = this.fault.kind === 'down' ? undefined : this.fault.count
    if (count !== undefined && this.#strikes >= count) return true
    return this.life.isOver || this.#clock.passedMs >= this.#endMs
  }
}

/** A fault without selectors. */
function lastingOnly(ttlMs: number): {
  readonly path?: undefined
  readonly log?: undefined
  readonly window?: undefined
  readonly ttlMs: number
} {
  return { ttlMs }
}

function isRowKind(kind: Fault['kind']): boolean {
  return kind === 'late-row' || kind === 'early-event'
}
