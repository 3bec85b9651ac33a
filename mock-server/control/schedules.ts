import { z } from 'zod'

import type { StoreClock } from '../clock/store-clock.ts'
import type { ClockTimer } from '../clock/timer-queue.ts'
import { ITEM_STATES } from '../content/item/item.ts'
import { ACTIONS } from '../content/item/transitions.ts'
import { assertCount } from '../content/limits.ts'
import type { ContentStore } from '../content/store.ts'
import { MockServerError, notFound } from '../errors.ts'
import type { ItemEditing } from './item-editing.ts'

const id = z.int().positive()
const transition = z.enum([...ITEM_STATES, ...ACTIONS])

/** When, by the date of the store; `to` is `published` by default. */
export const SCHEDULE_REQUEST = z.strictObject({
  at: z.iso.datetime(),
  to: transition.optional(),
})
type ScheduleRequest = z.output<typeof SCHEDULE_REQUEST>

/** A transition of an item that is due later. */
export const SCHEDULE = z
  .strictObject({ id, itemId: id, to: transition, at: z.iso.datetime() })
  .meta({ id: 'Schedule' })
export type ScheduleReport = z.output<typeof SCHEDULE>

interface SchedulesDeps {
  readonly store: ContentStore
  readonly clock: StoreClock
  readonly editing: ItemEditing
}

/**
 * Transitions that items go through later, by the clock of the store: it may be frozen and advanced.
 * They are in memory alone: a reset and a restart forget them.
 */
export class Schedules {
  readonly #deps: SchedulesDeps
  readonly #open = new Map<number, ScheduleReport & { readonly timer: ClockTimer }>()
  #lastId = 0

  constructor(deps: SchedulesDeps) {
    this.#deps = deps
  }

  /** In the order in which they were made. */
  list(): readonly ScheduleReport[] {
    return Array.from(this.#open.values(), ({ timer: _timer, ...schedule }) => schedule)
  }

  /** Throws `not-found`, `bad-request` for a time that has passed, and `limit-reached`. */
  add(itemId: number, { at, to = 'published' }: ScheduleRequest): ScheduleReport {
    const { store, clock } = this.#deps
    const item = store.item(itemId)
    const waitMs = Date.parse(at) - clock.nowMs
    if (waitMs <= 0) {
      const now = clock.now().toISOString()
      throw new MockServerError('bad-request', `at: expected a time after ${now}, got ${at}`)
    }
    assertCount('schedules', this.#open.size + 1)
    this.#lastId += 1
    const schedule = { id: this.#lastId, itemId: item.id, to, at }
    const timer = clock.setTimeout(() => this.#run(schedule), waitMs)
    this.#open.set(schedule.id, { ...schedule, timer })
    return schedule
  }

  /** Throws `not-found` for one that was due already. */
  cancel(scheduleId: number): void {
    const schedule = this.#open.get(scheduleId)
    if (schedule === undefined) throw notFound(`schedule ${scheduleId}`)
    this.#deps.clock.clear(schedule.timer)
    this.#open.delete(scheduleId)
  }

  /** Cancels all. */
  clear(): void {
    for (const scheduleId of this.#open.keys()) this.cancel(scheduleId)
  }

  /** An item that does not offer the transition by now stays as it is. */
  #run({ id: scheduleId, itemId, to }: ScheduleReport): void {
    this.#open.delete(scheduleId)
    const { store, editing } = this.#deps
    if (store.hasItem(itemId)) editing.transition({ items: [itemId], to })
  }
}
