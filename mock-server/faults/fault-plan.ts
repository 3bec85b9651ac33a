import type { Fault, FaultScope } from './fault.ts'

/** A fault, and what became of it. */
export type FaultReport = Fault & {
  /** Requests of its scope since it was set. */
  readonly requests: number
  /** How many of them it struck. */
  readonly strikes: number
  /** Whether it has healed, by `count` or by `ttlMs`. */
  readonly isHealed: boolean
}

interface SetFault {
  readonly fault: Fault
  readonly setAtMs: number
  requests: number
  strikes: number
}

/** The faults that are set, in the order in which they are tried. */
export class FaultPlan {
  readonly #nowMs: () => number
  #faults: readonly SetFault[] = []

  /** `nowMs` must not go back. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Replaces the whole plan. A fault that is given again starts anew. */
  set(faults: readonly Fault[]): void {
    const setAtMs = this.#nowMs()
    this.#faults = faults.map((fault) => ({ fault, setAtMs, requests: 0, strikes: 0 }))
  }

  list(): readonly FaultReport[] {
    return this.#faults.map((set) => {
      const { fault, requests, strikes } = set
      return { ...fault, requests, strikes, isHealed: this.#isHealed(set) }
    })
  }

  /** The first fault that strikes this request; every other one of the scope counts it, too. */
  strike(scope: FaultScope): Fault | undefined {
    let striking: SetFault | undefined
    for (const set of this.#faults) {
      if (set.fault.scope !== scope) continue
      set.requests += 1
      if (striking === undefined && !this.#isHealed(set) && isDue(set)) striking = set
    }
    if (striking !== undefined) striking.strikes += 1
    return striking?.fault
  }

  #isHealed({ fault: { count, ttlMs }, setAtMs, strikes }: SetFault): boolean {
    if (count !== undefined && strikes >= count) return true
    return ttlMs !== undefined && this.#nowMs() - setAtMs >= ttlMs
  }
}

function isDue({ fault: { first, every, after }, requests }: SetFault): boolean {
  if (first !== undefined) return requests <= first
  if (every !== undefined) return requests % every === 0
  return after === undefined || requests > after
}
