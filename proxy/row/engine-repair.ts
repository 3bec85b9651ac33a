import type { Engine, Entry, LogHead } from './engine.ts'
import type { EngineCalls } from './engine-calls.ts'
import type { Epoch } from './epochs.ts'

export interface EngineRepairOptions {
  readonly engine: Engine
  readonly calls: EngineCalls
  readonly leaseMs: number
  /** A name that was never used before. */
  readonly newEpoch: () => string
  /** The engine has got this many entries back. */
  readonly onHealed: (entries: number) => void
  readonly nowMs: () => number
}

/**
 * Brings an engine back into use that was restarted or replaced: gives it what it has lost, and then
 * begins an epoch, so that no number is given to two events under one name.
 */
export class EngineRepair {
  readonly #options: EngineRepairOptions
  #head: LogHead | undefined
  #unsettledMs: number | undefined
  #isHealing = false

  constructor(options: EngineRepairOptions) {
    this.#options = options
  }

  /** Whether the engine accepts entries. */
  get isSettled(): boolean {
    return this.#head?.isSettled === true
  }

  /** The newest head of the engine. */
  see(head: LogHead): void {
    const hasChanged =
      this.#head?.number !== head.number ||
      this.#head.run !== head.run ||
      this.#head.epochs.at(-1)?.name !== head.epochs.at(-1)?.name
    this.#head = head
    if (head.isSettled) this.#unsettledMs = undefined
    else if (hasChanged) this.#unsettledMs = this.#options.nowMs()
  }

  /** Gives these entries back. */
  heal(head: LogHead, epochs: readonly Epoch[], entries: readonly Entry[]): void {
    const { engine, calls, onHealed } = this.#options
    if (this.#isHealing) return
    this.#isHealing = true
    const done = (): void => {
      this.#isHealing = false
    }
    calls.askLog(
      engine.heal(head, epochs, entries),
      (change) => {
        done()
        if (change.refusal === undefined) onHealed(entries.length)
        this.see(change.head)
      },
      done,
    )
  }

  /** Begins an epoch after this number, once other members have had time to heal the engine. */
  settle(number: number): void {
    const { engine, calls, leaseMs, newEpoch, nowMs } = this.#options
    const head = this.#head
    if (head === undefined || this.#unsettledMs === undefined || this.#isHealing) return
    if (nowMs() - this.#unsettledMs < leaseMs / 2 || head.number !== number) return
    calls.askLog(engine.settle(head, newEpoch()), (change) => this.see(change.head))
  }
}
