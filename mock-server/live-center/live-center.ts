import { ChangeLog } from '../content/changes/change-log.ts'
import type { Limits } from '../content/limits.ts'
import { assertCount, assertLength, LIMITS } from '../content/limits.ts'
import type { EffectSink } from '../content/effect-sink.ts'
import { IN_MEMORY } from '../content/effect-sink.ts'
import { MockServerError } from '../errors.ts'

/** A live-covered event. */
export interface LiveEvent {
  readonly id: number
  readonly title: string
}

/** One post about a live event, as it is after its latest change. */
export interface LiveEntry {
  readonly id: number
  readonly eventId: number
  readonly changeId: number
  readonly authorName: string
  readonly createdAt: Date
  readonly modifiedAt: Date
  readonly payload: readonly LiveField[]
  readonly state: 'published' | 'deleted'
  readonly tags: readonly string[]
  readonly isSticky: boolean
}

interface LiveField {
  readonly name: string
  readonly value: string
}

/** The changes of a post; undefined fields stay unchanged, or are empty in a new post. */
export interface LiveEntryPatch {
  readonly payload?: readonly LiveField[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly isSticky?: boolean | undefined
}

/** The latest state of one entry, which moves to the top of its event's log. */
export interface LiveEffect {
  readonly kind: 'entry'
  readonly entry: LiveEntry
}

/** One piece of everything. `base` comes first, then the entries in the order of their change ids. */
export type LivePiece =
  | {
      readonly kind: 'base'
      readonly events: readonly LiveEvent[]
      readonly changeId: number
      readonly lastEntryId: number
    }
  | LiveEffect

export interface LiveChange {
  readonly id: number
  readonly eventId: number
  readonly entryId: number
}

const DEMO_EVENT: LiveEvent = { id: 18, title: 'Harbour reopens, live' }
const DEMO_ENTRIES = 12
const FIRST_CHANGE_ID = 450
const SEED_TIME = Date.parse('2024-05-02T08:00:00.000Z')

/** The content of Live Center: events, their entries, and one change log for each event. */
export class LiveCenter {
  readonly #now: () => Date
  readonly #listeners = new Set<(change: LiveChange) => void>()
  readonly #sink: EffectSink<LiveEffect>
  readonly #limits: Limits
  #events = new Map<number, LiveEvent>()
  #entries = new Map<number, LiveEntry>()
  #logs = new Map<number, ChangeLog>()
  #changeId: number
  #lastEntryId: number
  /** Characters of all payloads and tags. */
  #contentLength = 0

  /** `idBase`: as the Content Store's. */
  constructor(
    now: () => Date,
    idBase = 0,
    sink: EffectSink<LiveEffect> = IN_MEMORY,
    limits: Limits = LIMITS,
  ) {
    this.#now = now
    this.#sink = sink
    this.#limits = limits
    this.#changeId = idBase + FIRST_CHANGE_ID
    this.#lastEntryId = Math.max(idBase, DEMO_ENTRIES)
    this.reset()
  }

  /** Restores the seed: one event with some entries. No id is given a second time. */
  reset(): void {
    this.#events = new Map([[DEMO_EVENT.id, DEMO_EVENT]])
    this.#entries = new Map()
    this.#logs = new Map()
    this.#contentLength = 0
    for (let n = 1; n <= DEMO_ENTRIES; n += 1) {
      const payload = [{ name: 'body', value: `Report ${n}` }]
      const at = new Date(SEED_TIME + n * 60_000)
      this.replay(this.#effectOf(this.#newEntry(n, DEMO_EVENT.id, { payload }, 'Test Editor', at)))
    }
  }

  /** Copies everything as it is now. */
  cut(): readonly LivePiece[] {
    const entries = [...this.#entries.values()].toSorted((a, b) => a.changeId - b.changeId)
    return [
      {
        kind: 'base',
        events: [...this.#events.values()],
        changeId: this.#changeId,
        lastEntryId: this.#lastEntryId,
      },
      ...entries.map((entry) => ({ kind: 'entry', entry }) as const),
    ]
  }

  /** Replaces everything with what was cut. Listeners stay, and are not called. */
  restore(pieces: Iterable<LivePiece>): void {
    for (const piece of pieces) {
      if (piece.kind === 'base') {
        this.#events = new Map(piece.events.map((event) => [event.id, event]))
        this.#entries = new Map()
        this.#logs = new Map()
        this.#contentLength = 0
        this.#changeId = piece.changeId
        this.#lastEntryId = piece.lastEntryId
      } else this.replay(piece)
    }
  }

  /** Called after each committed change. Returns a function that unsubscribes it. */
  onChange(listener: (change: LiveChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Id of the newest change. */
  get changeId(): number {
    return this.#changeId
  }

  event(id: number): LiveEvent {
    return found(this.#events.get(id), `live event ${id}`)
  }

  entry(eventId: number, id: number): LiveEntry {
    const entry = this.#entries.get(id)
    return found(
      entry?.eventId === eventId ? entry : undefined,
      `entry ${id} of live event ${eventId}`,
    )
  }

  /** The change log of one event: rows are about its entries. */
  log(eventId: number): ChangeLog {
    return this.#logs.get(this.event(eventId).id) ?? new ChangeLog()
  }

  createEntry(eventId: number, patch: LiveEntryPatch, authorName: string): LiveChange {
    const event = this.event(eventId)
    const id = this.#lastEntryId + 1
    return this.#commit(this.#newEntry(id, event.id, patch, authorName, this.#now()))
  }

  updateEntry(eventId: number, id: number, patch: LiveEntryPatch): LiveChange {
    const before = this.entry(eventId, id)
    return this.#commit({
      ...before,
      payload: patch.payload ?? before.payload,
      tags: patch.tags ?? before.tags,
      isSticky: patch.isSticky ?? before.isSticky,
      modifiedAt: this.#now(),
    })
  }

  /** The entry stays, in state `deleted`. */
  deleteEntry(eventId: number, id: number): LiveChange {
    const before = this.entry(eventId, id)
    if (before.state === 'deleted') throw new MockServerError('not-found', `entry ${id} is deleted`)
    return this.#commit({ ...before, state: 'deleted', modifiedAt: this.#now() })
  }

  #newEntry(
    id: number,
    eventId: number,
    patch: LiveEntryPatch,
    authorName: string,
    at: Date,
  ): Omit<LiveEntry, 'changeId'> {
    assertCount('liveEntries', this.#entries.size + 1, this.#limits)
    const { payload = [], tags = [], isSticky = false } = patch
    return {
      id,
      eventId,
      authorName,
      createdAt: at,
      modifiedAt: at,
      payload,
      state: 'published',
      tags,
      isSticky,
    }
  }

  #commit(entry: Omit<LiveEntry, 'changeId'>): LiveChange {
    assertLength('contentLength', this.#contentLength + this.#growth(entry), this.#limits)
    const effect = this.#effectOf(entry)
    this.#sink.record(effect)
    this.replay(effect)
    const { eventId, id: entryId, changeId: id } = effect.entry
    const change = { id, eventId, entryId }
    this.#sink.whenSafe(() => {
      for (const listener of this.#listeners) listener(change)
    })
    return change
  }

  #effectOf(entry: Omit<LiveEntry, 'changeId'>): LiveEffect {
    return { kind: 'entry', entry: { ...entry, changeId: this.#changeId + 2 } }
  }

  /** Applies an effect that is recorded already. Listeners are not called. */
  replay({ entry }: LiveEffect): void {
    this.#contentLength += this.#growth(entry)
    this.#changeId = Math.max(this.#changeId, entry.changeId)
    this.#lastEntryId = Math.max(this.#lastEntryId, entry.id)
    const log = this.#logs.get(entry.eventId) ?? new ChangeLog()
    this.#entries.set(entry.id, entry)
    log.put(entry.id, entry.changeId)
    this.#logs.set(entry.eventId, log)
  }

  /** Characters that an entry adds. */
  #growth(entry: Omit<LiveEntry, 'changeId'>): number {
    const before = this.#entries.get(entry.id)
    return lengthOf(entry) - (before === undefined ? 0 : lengthOf(before))
  }
}

function lengthOf({ payload, tags }: Pick<LiveEntry, 'payload' | 'tags'>): number {
  return JSON.stringify([payload, tags]).length
}

function found<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new MockServerError('not-found', `there is no ${what}`)
  return thing
}
