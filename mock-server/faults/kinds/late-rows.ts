import type { StoreClock } from '../../clock/store-clock.ts'
import type { ChangeLogRow, ReadableLog } from '../../content/changes/change-log.ts'
import { counted, milliseconds } from './parameters.ts'

/** The event of a change comes so much earlier than its row. */
export const EARLY_EVENT = { ms: milliseconds }
/** So many polls of the log do not show the row of a change, the next one does. */
export const LATE_ROW = { polls: counted.default(1) }

/** Of one log. When there are more, the oldest is shown. */
const MAX_HELD_ROWS = 1_000

interface HeldRow {
  readonly changeId: number
  /** The fault that holds it. */
  readonly owner: object
  /** One of them is set. */
  pollsLeft: number
  readonly untilMs: number
}

export interface Hold {
  readonly owner: object
  readonly ms?: number | undefined
  readonly polls?: number | undefined
}

/**
 * Rows of changes that are committed, and that the logs do not show yet. A log shows nothing from
 * its first held row on, so that a client that continues from what it saw misses no row.
 */
export class LateRows {
  readonly #clock: Pick<StoreClock, 'passedMs'>
  readonly #held = new Map<string, HeldRow[]>()

  constructor(clock: Pick<StoreClock, 'passedMs'>) {
    this.#clock = clock
  }

  /** Holds the row of a change in one log, for some time or for some polls. */
  hold(path: string, changeId: number, { owner, ms, polls = Infinity }: Hold): void {
    const untilMs = ms === undefined ? Infinity : this.#clock.passedMs + ms
    const rows = this.#held.get(path) ?? []
    rows.push({ changeId, owner, pollsLeft: polls, untilMs })
    if (rows.length > MAX_HELD_ROWS) rows.shift()
    this.#held.set(path, rows)
  }

  /** Shows every row that `owner` holds. */
  release(owner: object): void {
    for (const path of this.#held.keys()) this.#keep(path, (row) => row.owner !== owner)
  }

  /** What this poll of the log may see. Call it once for each poll. */
  poll(path: string, log: ReadableLog): ReadableLog {
    if (this.#held.size === 0) return log
    const { passedMs } = this.#clock
    this.#keep(path, ({ pollsLeft, untilMs }) => pollsLeft > 0 && untilMs > passedMs)
    const rows = this.#held.get(path)
    if (rows === undefined) return log
    for (const row of rows) row.pollsLeft -= 1
    return new LogBelow(log, Math.min(...rows.map(({ changeId }) => changeId)))
  }

  #keep(path: string, isKept: (row: HeldRow) => boolean): void {
    const rows = this.#held.get(path)?.filter(isKept) ?? []
    if (rows.length === 0) this.#held.delete(path)
    else this.#held.set(path, rows)
  }
}

/** A log without the rows from one change on. */
class LogBelow implements ReadableLog {
  readonly #log: ReadableLog
  readonly #ceiling: number

  constructor(log: ReadableLog, ceiling: number) {
    this.#log = log
    this.#ceiling = ceiling
  }

  get newestId(): number {
    return this.#log.newestBelow(this.#ceiling)
  }

  newestBelow(changeId: number): number {
    return this.#log.newestBelow(Math.min(changeId, this.#ceiling))
  }

  before(changeId: number, count: number): readonly ChangeLogRow[] {
    return this.#log.before(Math.min(changeId, this.#ceiling), count)
  }

  after(changeId: number, count: number): readonly ChangeLogRow[] {
    return this.#log.after(changeId, count).filter((row) => row.changeId < this.#ceiling)
  }
}
