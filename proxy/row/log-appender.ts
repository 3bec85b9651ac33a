import type { Engine, LogHead, NewEntry, Page } from './engine.ts'
import type { EngineCalls } from './engine-calls.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import { PendingFrames } from './pending-frames.ts'

export interface LogAppenderOptions {
  readonly engine: Engine
  readonly calls: EngineCalls
  readonly keepers: ReadonlyMap<string, LeaseKeeper>
  /** Whether the engine accepts entries of this member. */
  readonly mayAppend: () => boolean
  /** Number of the newest entry that the member has. */
  readonly number: () => number
  readonly onAppended: (page: Page) => void
  /** The log is not as the member expects. `retry` appends what then is still missing. */
  readonly onMoved: (head: LogHead, retry: () => void) => void
}

/** Appends the frames of the back ends that this member reads to the shared log, batch by batch. */
export class LogAppender {
  readonly #options: LogAppenderOptions
  readonly #pending: ReadonlyMap<string, PendingFrames>
  #isAppending = false

  constructor(options: LogAppenderOptions) {
    this.#options = options
    this.#pending = new Map([...options.keepers.keys()].map((name) => [name, new PendingFrames()]))
  }

  add(entry: NewEntry): void {
    const { backEnd } = entry
    const pending = this.#pending.get(backEnd)
    if (pending === undefined) return
    pending.add(entry)
    // What does not fit is read again, from the last event in the log.
    if (pending.isFull) void this.#options.keepers.get(backEnd)?.release()
    else this.append()
  }

  /** The log has the frames of this back end up to this one. */
  acknowledge(backEnd: string, sequence: number): void {
    this.#pending.get(backEnd)?.acknowledge(sequence)
  }

  clear(backEnd: string): void {
    this.#pending.get(backEnd)?.clear()
  }

  readonly append = (): void => {
    const { engine, calls, mayAppend, number, onAppended, onMoved } = this.#options
    if (this.#isAppending || !mayAppend()) return
    const [keeper, pending] = this.#longestPending()
    const lease = keeper?.lease
    if (lease === undefined || pending.size === 0) return
    this.#isAppending = true
    const after = number()
    const batch = pending.batch()
    const done = (): void => {
      this.#isAppending = false
    }
    calls.askLog(
      engine.append(lease, after, batch),
      ({ refusal, head }) => {
        done()
        if (refusal === undefined) {
          const entries = batch.map((entry, index) => ({ ...entry, number: after + 1 + index }))
          onAppended({ head, entries })
        } else if (refusal === 'not-leader') {
          keeper?.lose()
        } else {
          onMoved(head, this.append)
          return
        }
        this.append()
      },
      done,
    )
  }

  /** The back end whose frames wait most, so that none waits for ever. */
  #longestPending(): readonly [LeaseKeeper | undefined, PendingFrames] {
    let longest = new PendingFrames()
    let keeper: LeaseKeeper | undefined
    for (const [backEnd, pending] of this.#pending) {
      if (pending.size <= longest.size) continue
      longest = pending
      keeper = this.#options.keepers.get(backEnd)
    }
    return [keeper, longest]
  }
}
