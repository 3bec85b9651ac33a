import type { Socket } from 'node:net'

import type { Response } from 'express'

import type { StoreClock } from '../clock/store-clock.ts'
import { MockServerError } from '../errors.ts'
import type { Fault } from './fault.ts'
import type { FaultSubject } from './fault-scope.ts'
import type { FaultReport } from './set-fault.ts'
import { SetFault } from './set-fault.ts'

/** One strike of a fault, for a journal. */
export interface Strike {
  readonly fault: Pick<Fault, 'name' | 'kind'>
  readonly subject: Partial<FaultSubject>
  /** Of the request that it struck. */
  readonly response?: Response | undefined
  /** Of the change whose event or row it struck. */
  readonly correlation?: string | undefined
}

/** What is known of a request, an event or a row besides what faults select by. */
type Occasion = Pick<Strike, 'response' | 'correlation'> & { readonly socket?: Socket }

/** The faults that are set, in the order in which they are tried. */
export class FaultPlan {
  readonly #clock: StoreClock
  readonly #seed: number
  readonly #starters = new Set<(set: SetFault) => void>()
  readonly #watchers = new Set<(strike: Strike) => void>()
  #faults: readonly SetFault[] = []

  constructor(clock: StoreClock, seed: number) {
    this.#clock = clock
    this.#seed = seed
  }

  /**
   * Replaces the whole plan. Earlier faults end: what they hold is released, and what they slow
   * returns to full speed. A fault that is given again restarts.
   */
  set(faults: readonly Fault[]): void {
    const before = this.#faults
    this.#faults = faults.map((fault) => new SetFault(fault, this.#clock, this.#seed))
    for (const set of before) set.end()
    for (const set of this.#faults) {
      set.start(() => {
        for (const starter of this.#starters) starter(set)
      })
    }
  }

  /** Throws `not-found`. */
  remove(name: string): void {
    const removed = this.#faults.find(({ fault }) => fault.name === name)
    if (removed === undefined)
      throw new MockServerError('not-found', `there is no fault "${name}"; set are ${this.#names}`)
    this.#faults = this.#faults.filter((set) => set !== removed)
    removed.end()
  }

  list(): readonly FaultReport[] {
    return this.#faults.map(({ report }) => report)
  }

  /** Called when the time of a fault begins, at once or with its window. */
  onStart(starter: (set: SetFault) => void): void {
    this.#starters.add(starter)
  }

  /** Called for each strike. Returns a function that unsubscribes it. */
  onStrike(watcher: (strike: Strike) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Whether any fault is for events on open streams. */
  get hasEventFaults(): boolean {
    return this.#faults.some(({ isForEvents }) => isForEvents)
  }

  /**
   * The first fault that strikes this request or this event; every other one that is for it counts
   * it, too.
   */
  strike(subject: FaultSubject, occasion: Occasion = {}): SetFault | undefined {
    const per = subject.scope === 'sse-open' ? 'event' : 'request'
    return this.#strikeFirst((set) => set.isFor(subject, per), subject, occasion)
  }

  /** All faults that strike this open stream: they add up. */
  strikeStream(
    subject: FaultSubject,
    only: readonly SetFault[] = this.#faults,
  ): readonly SetFault[] {
    const due = only.filter((set) => set.isFor(subject, 'stream') && set.isDue())
    for (const set of due) this.#struck(set, subject)
    return due
  }

  /** The first fault that holds the row of a change in this log. */
  strikeRow(log: string, correlation: string): SetFault | undefined {
    return this.#strikeFirst((set) => set.isForRow(log), { scope: 'feed', log }, { correlation })
  }

  #strikeFirst(
    isFor: (set: SetFault) => boolean,
    subject: Partial<FaultSubject>,
    occasion: Occasion,
  ): SetFault | undefined {
    let first: SetFault | undefined
    for (const set of this.#faults) {
      // Each of them counts it.
      if (isFor(set) && set.isDue(occasion.socket)) first ??= set
    }
    if (first !== undefined) this.#struck(first, subject, occasion)
    return first
  }

  #struck(set: SetFault, subject: Partial<FaultSubject>, occasion: Occasion = {}): void {
    const { response, correlation } = occasion
    set.strike()
    for (const watcher of this.#watchers)
      watcher({ fault: set.fault, subject, response, correlation })
  }

  get #names(): string {
    return this.#faults.map(({ fault }) => `"${fault.name}"`).join(', ') || 'none'
  }
}
