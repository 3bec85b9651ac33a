import { MockServerError } from '../../errors.ts'
import type { Limits } from '../limits.ts'
import { assertCount, assertLength, LIMITS } from '../limits.ts'
import type { EffectSink } from '../effect-sink.ts'
import { IN_MEMORY } from '../effect-sink.ts'
import type { Author } from './item.ts'

/** A lock expires after this time and cannot be extended. */
const LIFETIME_MS = 24 * 3_600_000

export interface Lock {
  readonly id: number
  readonly itemId: number
  /** The locked field; null: the whole item. */
  readonly fragment: string | null
  /** Undefined: the store's own title. */
  readonly title?: string | undefined
  readonly summary: string
  readonly owner: Author
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** What happens to a lock. Expiry needs no effect: the clock shows it. */
export type LockEffect =
  | { readonly kind: 'lock'; readonly lock: Lock }
  | { readonly kind: 'unlock'; readonly id: number }

/**
 * The locks of all items. A lock on the whole item excludes all others; locks on different fields
 * may coexist. Locks change no item and no log.
 */
export class LockTable {
  readonly #now: () => Date
  /** Oldest first, which is the order in which they expire. */
  readonly #locks = new Map<number, Lock>()
  readonly #locksByItem = new Map<number, Set<Lock>>()
  readonly #sink: Pick<EffectSink<LockEffect>, 'record'>
  readonly #limits: Limits
  #lastId: number

  /** `lastId` is below the id of every lock. */
  constructor(
    now: () => Date,
    lastId = 0,
    sink: Pick<EffectSink<LockEffect>, 'record'> = IN_MEMORY,
    limits: Limits = LIMITS,
  ) {
    this.#now = now
    this.#lastId = lastId
    this.#sink = sink
    this.#limits = limits
  }

  /** Id of the latest lock, held or not. */
  get lastId(): number {
    return this.#lastId
  }

  /** All locks that have not expired, oldest first. */
  get all(): readonly Lock[] {
    this.#removeExpired()
    return [...this.#locks.values()]
  }

  /** Locks of one item that have not expired, oldest first. */
  of(itemId: number): readonly Lock[] {
    this.#removeExpired()
    return [...(this.#locksByItem.get(itemId) ?? [])]
  }

  /** Throws `not-found` for a lock that was released or has expired. */
  get(itemId: number, id: number): Lock {
    this.#removeExpired()
    const lock = this.#locks.get(id)
    if (lock?.itemId !== itemId)
      throw new MockServerError('not-found', `there is no lock ${id} of item ${itemId}`)
    return lock
  }

  /**
   * Throws `conflict` when the requested field, a part of it, or the whole item is locked,
   * `limit-reached` and `too-large` at the limits.
   */
  acquire(wanted: Pick<Lock, 'itemId' | 'fragment' | 'title' | 'summary' | 'owner'>): Lock {
    const held = this.of(wanted.itemId)
    const other = held.find((lock) => overlap(lock.fragment, wanted.fragment))
    if (other !== undefined) {
      const what = other.fragment ?? `item ${wanted.itemId}`
      throw new MockServerError('conflict', `${what} is locked by ${other.owner.name}`)
    }
    assertCount('locksPerItem', held.length + 1)
    assertCount('locks', this.#locks.size + 1, this.#limits)
    for (const text of [wanted.title, wanted.summary, wanted.fragment])
      assertLength('lockTextLength', text?.length ?? 0)
    const createdAt = this.#now()
    const expiresAt = new Date(createdAt.getTime() + LIFETIME_MS)
    const lock = { ...wanted, id: this.#lastId + 1, createdAt, expiresAt }
    this.#commit({ kind: 'lock', lock })
    return lock
  }

  release(itemId: number, id: number): void {
    this.#commit({ kind: 'unlock', id: this.get(itemId, id).id })
  }

  #commit(effect: LockEffect): void {
    this.#sink.record(effect)
    this.apply(effect)
  }

  /** Applies an effect that is recorded already. */
  apply(effect: LockEffect): void {
    if (effect.kind === 'unlock') {
      const released = this.#locks.get(effect.id)
      if (released !== undefined) this.#remove(released)
      return
    }
    const { lock } = effect
    this.#lastId = Math.max(this.#lastId, lock.id)
    this.#locks.set(lock.id, lock)
    const locksOfItem = this.#locksByItem.get(lock.itemId) ?? new Set()
    this.#locksByItem.set(lock.itemId, locksOfItem.add(lock))
  }

  /**
   * Allows an update that names a lock of its item, and any update of an item without locks. Throws
   * `conflict` for one that names no lock of a locked item, and for one that names a lock that no
   * longer exists, because the protected content may have changed.
   */
  assertHeld(itemId: number, lockIds: readonly number[]): void {
    const held = this.of(itemId)
    const heldIds = new Set(held.map(({ id }) => id))
    const missing = lockIds.find((id) => !heldIds.has(id))
    if (missing !== undefined) {
      throw new MockServerError(
        'conflict',
        `lock ${missing} does not exist: it was released or has expired; acquire another one`,
      )
    }
    const [foreign] = held
    if (foreign === undefined || lockIds.length > 0) return
    const what = foreign.fragment ?? `item ${itemId}`
    throw new MockServerError(
      'conflict',
      `${what} is locked by ${foreign.owner.name}; if the lock is yours, send X-Escenic-Locks`,
    )
  }

  /** Removes the locks of an item that is no more. */
  forget(itemId: number): void {
    for (const lock of this.#locksByItem.get(itemId) ?? []) this.#remove(lock)
  }

  #removeExpired(): void {
    const now = this.#now()
    for (const lock of this.#locks.values()) {
      if (lock.expiresAt > now) return
      this.#remove(lock)
    }
  }

  #remove(lock: Lock): void {
    this.#locks.delete(lock.id)
    const locksOfItem = this.#locksByItem.get(lock.itemId)
    locksOfItem?.delete(lock)
    if (locksOfItem?.size === 0) this.#locksByItem.delete(lock.itemId)
  }
}

function overlap(one: string | null, other: string | null): boolean {
  return one === null || other === null || one === other
}
