import { z } from 'zod'

import { stateLabel } from '../atom/item/state-labels.ts'
import type { Lock } from '../content/item/lock-table.ts'
import type { ItemState } from '../content/item/item.ts'
import { ITEM_STATES } from '../content/item/item.ts'
import type { Transition } from '../content/item/transitions.ts'
import { ACTIONS, stateAfter, transitionsFrom } from '../content/item/transitions.ts'
import { assertSectionsOf } from '../content/site/publication-rules.ts'
import type { ContentStore } from '../content/store.ts'
import { limited } from '../http/limited.ts'

/** Items of one call. */
const MAX_ITEMS = 1_000

const id = z.int().positive()
const transition = z.enum([...ITEM_STATES, ...ACTIONS])

/** A lock on an item. */
export const LOCK = z
  .strictObject({
    id,
    /** The locked field; null: the whole item. */
    fragment: z.string().nullable(),
    user: z.string(),
    summary: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Lock' })
export type LockReport = z.output<typeof LOCK>

/** What can be done to an item now. */
export const EDITING = z.strictObject({
  /** As in the transition document of the item: the name, the state after it, and a label. */
  transitions: z.array(
    z.strictObject({ to: transition, state: z.enum(ITEM_STATES), label: z.string() }),
  ),
  locks: z.array(LOCK),
})
export type EditingReport = z.output<typeof EDITING>

export const TRANSITION_REQUEST = z.strictObject({
  items: z.array(id).min(1).max(MAX_ITEMS),
  to: transition,
})
type TransitionRequest = z.output<typeof TRANSITION_REQUEST>

/** Which items were changed, and which were not: the transition does not begin at their state. */
export const TRANSITION_REPORT = z.strictObject({ changed: z.array(id), skipped: z.array(id) })
export type TransitionReport = z.output<typeof TRANSITION_REPORT>

/** The new home section of items. */
export const MOVE_REQUEST = z.strictObject({
  items: z.array(id).min(1).max(MAX_ITEMS),
  section: id,
})
type MoveRequest = z.output<typeof MOVE_REQUEST>
export const MOVE_REPORT = z.strictObject({ moved: z.array(id) })

/** Who locks the item; default the first login of the store. */
export const LOCK_REQUEST = z.strictObject({
  user: z.string().min(1).max(200).optional(),
  summary: limited('lockTextLength', z.string()).optional(),
})
type LockRequest = z.output<typeof LOCK_REQUEST>

/** What editors do with items beside their content: transitions of many, and locks. */
export class ItemEditing {
  readonly #store: ContentStore
  readonly #userName: string

  constructor(store: ContentStore, userName: string) {
    this.#store = store
    this.#userName = userName
  }

  /** What can be done to an item now. Throws `not-found`. */
  of(itemId: number): EditingReport {
    const { state } = this.#store.item(itemId)
    const transitions = transitionsFrom(state).map((to) => {
      return { to, state: stateAfter(to), label: stateLabel(to, 'en') }
    })
    return { transitions, locks: this.#store.locks.of(itemId).map(lockReport) }
  }

  /**
   * Takes items through one transition, each as a change of its own. Locks do not prevent it. Throws
   * `not-found` before the first change.
   */
  transition({ items, to }: TransitionRequest): TransitionReport {
    const states = new Map(items.map((each) => [each, this.#store.item(each).state]))
    const changed: number[] = []
    const skipped: number[] = []
    for (const [each, state] of states) {
      if (isOffered(to, state)) {
        if (to === 'deleted') this.#store.deleteItem(each)
        else this.#store.updateItem(each, { state: stateAfter(to) })
        changed.push(each)
      } else skipped.push(each)
    }
    return { changed, skipped }
  }

  /**
   * Gives items another home section, each as a change of its own; the old one loses them, and they
   * stay in their other sections. Throws `not-found` and `bad-request` before the first change.
   */
  move({ items, section }: MoveRequest): z.output<typeof MOVE_REPORT> {
    const all = [...new Set(items)].map((each) => this.#store.item(each))
    for (const { publicationId } of all)
      assertSectionsOf(this.#store.site, publicationId, [section])
    const moved = all.filter(({ homeSectionId }) => homeSectionId !== section)
    for (const { id: itemId, homeSectionId, sectionIds } of moved) {
      const others = sectionIds.filter((each) => each !== homeSectionId && each !== section)
      this.#store.updateItem(itemId, { sectionIds: [section, ...others] })
    }
    return { moved: moved.map((item) => item.id) }
  }

  /** Locks an item as a whole for 24 hours. Throws `not-found`, and `conflict` when it is locked. */
  lock(itemId: number, { user = this.#userName, summary = '' }: LockRequest = {}): LockReport {
    const item = this.#store.item(itemId)
    const owner = this.#store.authorNamed(user)
    return lockReport(
      this.#store.locks.acquire({ itemId: item.id, fragment: null, summary, owner }),
    )
  }

  /** Throws `not-found` for a lock that was released or has expired. */
  unlock(itemId: number, lockId: number): void {
    this.#store.locks.release(itemId, lockId)
  }
}

function isOffered(to: Transition, state: ItemState): boolean {
  return transitionsFrom(state).includes(to)
}

function lockReport({
  id: lockId,
  fragment,
  owner,
  summary,
  createdAt,
  expiresAt,
}: Lock): LockReport {
  return {
    id: lockId,
    fragment,
    user: owner.name,
    summary,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}
