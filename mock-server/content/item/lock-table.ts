import { MockServerError } from '../../errors.ts'

/** A lock lapses after this time and cannot be prolonged. */
const LIFETIME_MS = 24 * 3_600_000
const MAX_LOCKS_PER_ITEM = 100

export interface Lock {
  readonly id: number
  readonly itemId: number
  /** Field that is locked; null: the whole item. */
  readonly fragment: string | null
  readonly summary: string
  readonly ownerName: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/**
 * Who holds which part of which item. A lock on the whole item excludes all others; locks on different fields stand
 * side by side. Locks change no item and no log.
 */
export class LockTable {
  readonly #now: () => Date
  readonly #locks = new Map<number, Lock>()
  #lastId = 0

  constructor(now: () => Date) {
    this.#now = now
  }

  /** Locks of one item that have not lapsed, oldest first. */
  of(itemId: number): readonly Lock[] {
    const now = this.#now()
    for (const lock of this.#locks.values()) if (lock.expiresAt <= now) this.#locks.delete(lock.id)
    return [...this.#locks.values()].filter((lock) => lock.itemId === itemId)
  }

  /** Throws `not-found` for a lock that was released or has lapsed. */
  get(itemId: number, id: number): Lock {
    const lock = this.of(itemId).find((one) => one.id === id)
    if (lock === undefined)
      throw new MockServerError('not-found', `there is no lock ${id} of item ${itemId}`)
    return lock
  }

  /** Throws `conflict` when somebody holds what is asked for, or a part of it, or the whole. */
  acquire(wanted: Pick<Lock, 'itemId' | 'fragment' | 'summary' | 'ownerName'>): Lock {
    const held = this.of(wanted.itemId)
    const other = held.find((lock) => overlap(lock.fragment, wanted.fragment))
    if (other !== undefined || held.length >= MAX_LOCKS_PER_ITEM) {
      const what = other?.fragment ?? `item ${wanted.itemId}`
      throw new MockServerError(
        'conflict',
        `${what} is locked by ${other?.ownerName ?? 'too many'}`,
      )
    }
    this.#lastId += 1
    const createdAt = this.#now()
    const expiresAt = new Date(createdAt.getTime() + LIFETIME_MS)
    const lock = { ...wanted, id: this.#lastId, createdAt, expiresAt }
    this.#locks.set(lock.id, lock)
    return lock
  }

  release(itemId: number, id: number): void {
    this.#locks.delete(this.get(itemId, id).id)
  }

  /**
   * Lets an update pass that names a lock of its item, or any update while there is none. Throws `conflict` for one that
   * names no lock although somebody holds one, and for one that names a lock that is gone: what it protected may have
   * changed meanwhile.
   */
  assertHeld(itemId: number, lockIds: readonly number[]): void {
    const held = this.of(itemId)
    const gone = lockIds.find((id) => !held.some((lock) => lock.id === id))
    if (gone !== undefined) {
      throw new MockServerError(
        'conflict',
        `lock ${gone} is gone: it was released or has lapsed; acquire another one`,
      )
    }
    const [foreign] = held
    if (foreign === undefined || lockIds.length > 0) return
    const what = foreign.fragment ?? `item ${itemId}`
    throw new MockServerError(
      'conflict',
      `${what} is locked by ${foreign.ownerName}; send X-Escenic-Locks if it is you`,
    )
  }
}

function overlap(one: string | null, other: string | null): boolean {
  return one === null || other === null || one === other
}
