import { type Entry, type LogHead, type Page, PAGE_ENTRIES } from './engine.ts'
import { type Epoch, epochsAfter, lastCommonNumber } from './epochs.ts'

/** How much of the shared log a member keeps, to give it back to an engine that has lost it. */
export interface CopyLimits {
  readonly maxFrames: number
  readonly maxBytes: number
}

/** The engine's log beside this copy. */
export type Comparison =
  /** The copy is the beginning of it, or all of it. */
  | { readonly kind: 'level' }
  /** The engine has lost entries that the copy has: those, at most one page. */
  | { readonly kind: 'lost'; readonly entries: readonly Entry[]; readonly epochs: readonly Epoch[] }
  /** The logs differ after this number. */
  | { readonly kind: 'contradiction'; readonly common: number }
  /** An earlier state of the log that the copy has. */
  | { readonly kind: 'old' }

/** What one member knows of the shared log: where it ends, its epochs, and its newest entries. */
export class LogCopy {
  readonly #limits: CopyLimits
  #epochs: readonly Epoch[] = []
  #number = 0
  /** Consecutive up to `#number`. Those before `#start` are dropped. */
  #recent: Entry[] = []
  #start = 0
  #bytes = 0
  /** The newest id of each back end. */
  readonly #upstreamIds = new Map<string, string>()

  constructor(limits: CopyLimits) {
    this.#limits = limits
  }

  get epochs(): readonly Epoch[] {
    return this.#epochs
  }

  /** Number of the newest entry. */
  get number(): number {
    return this.#number
  }

  /** The newest id that this back end gave; undefined = it is not known. */
  upstreamId(backEnd: string): string | undefined {
    return this.#upstreamIds.get(backEnd)
  }

  /** Compares the copy with the head of an engine. */
  compare(head: LogHead): Comparison {
    const common = lastCommonNumber(this, head)
    if (common === this.#number) return { kind: 'level' }
    if (common < head.number) return { kind: 'contradiction', common }
    if (head.isSettled) {
      // Whoever settles a log that has lost its end begins an epoch.
      const newest = head.epochs.at(-1)?.name
      const isKnown = this.#epochs.some(({ name }) => name === newest)
      return isKnown ? { kind: 'old' } : { kind: 'contradiction', common }
    }
    const entries = this.#toGiveBack(head)
    const last = entries.at(-1)
    if (last === undefined) return { kind: 'contradiction', common }
    const epochs = this.#epochs.filter(({ base }) => base < last.number)
    return { kind: 'lost', entries, epochs }
  }

  /**
   * Adds the entries of a page that are new. Returns them, and whether the engine has dropped entries
   * before them. A page may have been asked for when the copy was shorter, and end before the head.
   */
  add({ head, entries }: Page): { readonly added: readonly Entry[]; readonly isMissing: boolean } {
    const added = entries.filter(({ number }) => number > this.#number)
    const first = entries[0]?.number ?? head.number + 1
    const isMissing = first > this.#number + 1
    if (isMissing) this.#forget()
    this.#epochs = this.#joinEpochs(head.epochs, (this.#oldest ?? first) - 2)
    this.#number = added.at(-1)?.number ?? (isMissing ? head.number : this.#number)
    for (const entry of added) this.#keep(entry)
    return { added, isMissing }
  }

  /** Forgets the entries after this number. */
  rollBack(number: number): void {
    const kept = this.#recent.slice(this.#start).filter((entry) => entry.number <= number)
    this.#forget()
    this.#epochs = this.#epochs.filter(({ base }) => base < number)
    this.#number = number
    for (const entry of kept) this.#keep(entry)
  }

  get #oldest(): number | undefined {
    return this.#recent[this.#start]?.number
  }

  #toGiveBack({ epochs, number }: LogHead): readonly Entry[] {
    const oldest = this.#oldest
    if (oldest === undefined) return []
    const from = epochs.length === 0 ? oldest : number + 1
    if (from < oldest) return []
    const index = this.#start + from - oldest
    return this.#recent.slice(index, index + PAGE_ENTRIES)
  }

  #keep(entry: Entry): void {
    const { maxFrames, maxBytes } = this.#limits
    this.#recent.push(entry)
    this.#bytes += entry.frame.length
    if (entry.upstreamId !== '') this.#upstreamIds.set(entry.backEnd, entry.upstreamId)
    while (this.#recent.length - this.#start > maxFrames || this.#bytes > maxBytes) {
      this.#bytes -= this.#recent[this.#start]?.frame.length ?? 0
      this.#start += 1
    }
    // Half of the list at a time, so that dropping costs little per entry.
    if (this.#start * 2 > this.#recent.length) {
      this.#recent = this.#recent.slice(this.#start)
      this.#start = 0
    }
  }

  /** The epochs of the entries after this number. The engine may have dropped entries, too. */
  #joinEpochs(engine: readonly Epoch[], after: number): readonly Epoch[] {
    const first = engine[0]?.base ?? 0
    return epochsAfter([...this.#epochs.filter(({ base }) => base < first), ...engine], after)
  }

  /** What is not known is not assumed: the newest entry of a back end may be among what is missing. */
  #forget(): void {
    this.#upstreamIds.clear()
    this.#recent = []
    this.#start = 0
    this.#bytes = 0
  }
}
