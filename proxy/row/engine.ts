import type { Epoch } from './epochs.ts'

/** What the engine says about the shared log. */
export interface LogHead {
  /** Oldest first; empty = the engine has no log. */
  readonly epochs: readonly Epoch[]
  /** Number of the newest entry; 0 = there is none. Numbers are dense. */
  readonly number: number
  /**
   * Whether the engine has run without interruption since the newest epoch began. If not, acknowledged
   * entries may be missing at the end of its log, and it accepts no new ones.
   */
  readonly isSettled: boolean
  /** Names the process of the engine: another one after a restart. */
  readonly run: string
  /** 0 = the engine has no change log URLs; another value after some were put back. */
  readonly urlRevision: number
}

/** A frame on its way into the shared log. */
export interface NewEntry {
  /** Name of the back end that sent it. */
  readonly backEnd: string
  /** The member that has read it, and how many entries that member had made before, plus 1. */
  readonly owner: string
  readonly sequence: number
  /** The id that the back end gave it; empty = none. */
  readonly upstreamId: string
  /** As clients get it, without an id line. */
  readonly frame: Buffer
}

/** A frame in the shared log. */
export interface Entry extends NewEntry {
  readonly number: number
}

/** A change log URL that a back end has announced. */
export interface KnownUrl {
  readonly backEnd: string
  readonly url: string
}

export interface UrlPage {
  readonly head: LogHead
  /** The one that was announced last comes last. */
  readonly urls: readonly KnownUrl[]
  /** Where the next page begins; undefined = this is the last one. */
  readonly next: number | undefined
}

/** The right to read a back end and to append its frames. Whoever gets it next has a higher term. */
export interface Lease {
  readonly backEnd: string
  /** Names one attempt to get it. */
  readonly owner: string
  readonly term: number
}

export interface Page {
  readonly head: LogHead
  /** Consecutive, oldest first. */
  readonly entries: readonly Entry[]
}

/**
 * Why the engine changed nothing: the lease belongs to another member (`not-leader`), its log is not
 * as the caller expects (`moved`), or it may lack entries (`unsettled`).
 */
export type Refusal = 'not-leader' | 'moved' | 'unsettled'

/** The head after a change, or without one after a refusal. */
export interface Change {
  readonly refusal: Refusal | undefined
  readonly head: LogHead
}

/**
 * Where a row of proxies keeps its shared log. Each call is atomic, has an effect at most once, and
 * settles within `CALL_MS` plus the time that it is asked to wait. A call that rejects may have had
 * its effect, or may have it later.
 *
 * A new engine has no log and is not settled. It is not settled either after it was restarted, or
 * replaced by a copy of itself that lacks the newest changes. `heal` then puts missing entries back
 * under their old numbers, and `settle` begins a new epoch, with which new entries are accepted.
 *
 * Beside the log it has the URLs that entries have announced, each once, for longer than the entries.
 * They are bounded in number: those that were announced longest ago are dropped.
 */
export interface Engine {
  /**
   * Entries after this number, at most `PAGE_ENTRIES`, older ones first. They begin later if the
   * engine has dropped older ones, by number or by age. If there are none, waits up to `waitMs`.
   */
  readonly read: (after: number, waitMs: number) => Promise<Page>
  /**
   * Appends entries of the lease's back end, if the lease is valid, the engine is settled and its
   * newest entry has the number `after`. They get the numbers that follow.
   */
  readonly append: (lease: Lease, after: number, entries: readonly NewEntry[]) => Promise<Change>
  /**
   * Puts entries back that an unsettled engine has lost, and sets its epochs. They follow `seen`,
   * which is the head as the caller knows it; if the engine has no log, they begin it.
   */
  readonly heal: (
    seen: LogHead,
    epochs: readonly Epoch[],
    entries: readonly Entry[],
  ) => Promise<Change>
  /**
   * Begins an epoch with this name, if the engine is unsettled and its head is still `seen`, in the
   * same run: members have had no time yet to heal another one.
   */
  readonly settle: (seen: LogHead, epoch: string) => Promise<Change>
  /**
   * Takes the lease of a back end for this time if it is free or has expired. The result is its term;
   * undefined = it is taken. The first term is 1. An owner is never named again.
   */
  readonly acquire: (backEnd: string, owner: string, leaseMs: number) => Promise<number | undefined>
  /** Extends a lease to this time from now. False = it is not valid any more. */
  readonly renew: (lease: Lease, leaseMs: number) => Promise<boolean>
  /** Gives a lease back, if it is valid. */
  readonly release: (lease: Lease) => Promise<void>
  /** The announced URLs, from this place or from the first one, at most `PAGE_URLS`. */
  readonly urls: (from?: number) => Promise<UrlPage>
  /**
   * Puts URLs back that the engine has lost, at most `PAGE_URLS`, the latest last: those that it does
   * not have, as older than all that it has, and as long as there is room.
   */
  readonly remember: (urls: readonly KnownUrl[]) => Promise<void>
  /** Forgets URLs, at most `PAGE_URLS`, until they are announced again. */
  readonly forget: (urls: readonly KnownUrl[]) => Promise<void>
  /** Ends the connections. Calls that wait reject. */
  readonly close: () => void
}

export const CALL_MS = 3000
export const PAGE_ENTRIES = 500
export const PAGE_URLS = 500
