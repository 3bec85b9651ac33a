import { announcedUrl } from '../../row/announced-url.ts'
import {
  type Change,
  type Entry,
  type KnownUrl,
  type Lease,
  type LogHead,
  type NewEntry,
  type Page,
  PAGE_ENTRIES,
  type Refusal,
  type UrlPage,
} from '../../row/engine.ts'
import { type Epoch, epochsAfter } from '../../row/epochs.ts'
import { EngineUrls } from './engine-urls.ts'

/** A rule of the engine that a mutant breaks. */
export type EngineFlaw =
  /** Appends of a lease that another member has taken over are accepted. */
  | 'term unchecked'
  /** Appends are accepted whatever the caller expects. */
  | 'number unchecked'
  /** After a restart the epoch stays the same. */
  | 'epoch kept'
  /** After a restart the number of the newest entry is given again. */
  | 'number reused'
  /** A restart is not noticed. */
  | 'restart unnoticed'
  /** URLs that entries announce are not kept. */
  | 'urls unrecorded'

interface Log {
  epochs: readonly Epoch[]
  number: number
  /** The run of the engine in which the newest epoch began. */
  settledRun: number
  entries: readonly StoredEntry[]
}

interface StoredEntry {
  readonly entry: Entry
  readonly atMs: number
}

/** How much an engine keeps. */
export interface EngineLimits {
  readonly maxFrames: number
  readonly maxAgeMs: number
  readonly maxUrls: number
}

interface HeldLease {
  readonly owner: string
  readonly term: number
  readonly untilMs: number
}

let runs = 0

/** The engine in memory: what it has, and what each call of the port does to it. */
export class EngineState {
  readonly #flaw: EngineFlaw | undefined
  /** Different after each restart. */
  #run: number
  #log: Log | undefined
  #isReusing = false
  readonly #leases = new Map<string, HeldLease>()
  readonly #terms = new Map<string, number>()
  readonly #urls = new EngineUrls()
  readonly #limits: EngineLimits

  constructor(limits: EngineLimits, flaw?: EngineFlaw) {
    this.#limits = limits
    this.#flaw = flaw
    runs += 1
    this.#run = runs
  }

  get head(): LogHead {
    const { epochs = [], number = 0, settledRun = 0 } = this.#log ?? {}
    const isSettled = settledRun === this.#run
    return { epochs, number, isSettled, run: String(this.#run), urlRevision: this.#urls.revision }
  }

  /** Who may append frames of this back end. */
  leaderOf(backEnd: string, nowMs: number): string | undefined {
    return this.#leaseAt(backEnd, nowMs)?.owner
  }

  read(after: number, nowMs: number): Page {
    const stored = this.#log === undefined ? [] : this.#notTooOld(this.#log.entries, nowMs)
    if (this.#log !== undefined) this.#log.entries = stored
    const entries = stored.map(({ entry }) => entry).filter(({ number }) => number > after)
    return { head: this.head, entries: entries.slice(0, PAGE_ENTRIES) }
  }

  append(lease: Lease, after: number, entries: readonly NewEntry[], nowMs: number): Change {
    const held = this.#leaseAt(lease.backEnd, nowMs)
    const isLeader = held?.owner === lease.owner && held.term === lease.term
    if (!isLeader && this.#flaw !== 'term unchecked') return this.#refuse('not-leader')
    const log = this.#log
    if (log === undefined || !this.head.isSettled) return this.#refuse('unsettled')
    if (log.number !== after && this.#flaw !== 'number unchecked') return this.#refuse('moved')
    const first = this.#isReusing ? log.number : log.number + 1
    this.#isReusing = false
    this.#extend(
      log,
      entries.map((entry, index) => ({ ...entry, number: first + index })),
      nowMs,
    )
    log.entries = this.#notTooOld(log.entries, nowMs)
    return { refusal: undefined, head: this.head }
  }

  heal(seen: LogHead, epochs: readonly Epoch[], entries: readonly Entry[], nowMs: number): Change {
    const refusal = this.#whyNotAt(seen)
    if (refusal !== undefined) return this.#refuse(refusal)
    this.#log ??= { epochs: [], number: 0, settledRun: 0, entries: [] }
    this.#log.epochs = epochs
    this.#extend(this.#log, entries, nowMs)
    return { refusal: undefined, head: this.head }
  }

  settle(seen: LogHead, epoch: string): Change {
    const refusal = this.#whyNotAt(seen)
    if (refusal !== undefined) return this.#refuse(refusal)
    if (seen.run !== this.head.run) return this.#refuse('moved')
    this.#log ??= { epochs: [], number: 0, settledRun: 0, entries: [] }
    const log = this.#log
    log.settledRun = this.#run
    if (this.#flaw !== 'epoch kept' || log.epochs.length === 0) {
      log.epochs = [...log.epochs, { name: epoch, base: log.number }]
    }
    return { refusal: undefined, head: this.head }
  }

  acquire(backEnd: string, owner: string, leaseMs: number, nowMs: number): number | undefined {
    if (this.#leaseAt(backEnd, nowMs) !== undefined) return undefined
    const term = (this.#terms.get(backEnd) ?? 0) + 1
    this.#terms.set(backEnd, term)
    this.#leases.set(backEnd, { owner, term, untilMs: nowMs + leaseMs })
    return term
  }

  renew({ backEnd, owner, term }: Lease, leaseMs: number, nowMs: number): boolean {
    const held = this.#leaseAt(backEnd, nowMs)
    if (held?.owner !== owner || held.term !== term) return false
    this.#leases.set(backEnd, { owner, term, untilMs: nowMs + leaseMs })
    return true
  }

  release({ backEnd, owner, term }: Lease): void {
    const held = this.#leases.get(backEnd)
    if (held?.owner === owner && held.term === term) this.#leases.delete(backEnd)
  }

  urls(): UrlPage {
    return { head: this.head, urls: this.#urls.all, next: undefined }
  }

  remember(urls: readonly KnownUrl[]): void {
    this.#urls.remember(urls, this.#limits.maxUrls)
  }

  forget(urls: readonly KnownUrl[]): void {
    this.#urls.forget(urls)
  }

  /** Another process has the same data. */
  restart(): void {
    if (this.#flaw === 'restart unnoticed') return
    this.#isReusing = this.#flaw === 'number reused'
    runs += 1
    this.#run = runs
  }

  /** Another process with the data of now: a replica. */
  copy(): EngineState {
    const copy = new EngineState(this.#limits, this.#flaw)
    if (this.#flaw === 'restart unnoticed') copy.#run = this.#run
    copy.#log = this.#log === undefined ? undefined : { ...this.#log }
    copy.#urls.replace(this.#urls)
    for (const [backEnd, lease] of this.#leases) copy.#leases.set(backEnd, lease)
    for (const [backEnd, term] of this.#terms) copy.#terms.set(backEnd, term)
    return copy
  }

  /** Loses its entries, or its URLs, or everything. */
  evict(what: 'entries' | 'urls' | 'all'): void {
    if (what === 'entries') {
      if (this.#log !== undefined) this.#log.entries = []
      return
    }
    this.#urls.clear()
    if (what === 'urls') return
    this.#urls.restored = 0
    this.#log = undefined
    this.#leases.clear()
    this.#terms.clear()
  }

  #extend(log: Log, entries: readonly Entry[], atMs: number): void {
    const { maxFrames, maxUrls } = this.#limits
    const added = entries.map((entry) => ({ entry, atMs }))
    log.entries = [...log.entries, ...added].slice(-maxFrames)
    log.number = entries.at(-1)?.number ?? log.number
    log.epochs = epochsAfter(log.epochs, (log.entries[0]?.entry.number ?? log.number + 1) - 2)
    const announced = entries.map(({ backEnd, frame }) => ({ backEnd, url: announcedUrl(frame) }))
    if (this.#flaw !== 'urls unrecorded') this.#urls.announce(announced, maxUrls)
  }

  #notTooOld(entries: readonly StoredEntry[], nowMs: number): readonly StoredEntry[] {
    const first = entries.findIndex(({ atMs }) => atMs >= nowMs - this.#limits.maxAgeMs)
    return first === -1 ? [] : entries.slice(first)
  }

  /** Whether an unsettled log is as a member has seen it. */
  #whyNotAt(seen: LogHead): Refusal | undefined {
    const { epochs, number, isSettled } = this.head
    const isSame = number === seen.number && epochs.at(-1)?.name === seen.epochs.at(-1)?.name
    return isSettled || !isSame ? 'moved' : undefined
  }

  #leaseAt(backEnd: string, nowMs: number): HeldLease | undefined {
    const lease = this.#leases.get(backEnd)
    return lease !== undefined && nowMs < lease.untilMs ? lease : undefined
  }

  #refuse(refusal: Refusal): Change {
    return { refusal, head: this.head }
  }
}
