import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import type { Request, Response } from 'express'
import { z } from 'zod'

import { readBody } from '../http/read-body.ts'
import type { Selection } from './query.ts'
import { selects } from './query.ts'
import type { Effects } from './effects.ts'
import { effectsOf } from './effects.ts'
import { ENTRY } from './entry-report.ts'
import type { FrameEntry, JournalEntry } from './entry.ts'
import { Followers } from './follow.ts'
import type { Har } from './har.ts'
import { harOf } from './har.ts'
import type { Journal } from './journal.ts'
import type { RecordedStreams } from './recorded-streams.ts'
import { reportEntry } from './report-entry.ts'
import type { VerifyAnswer, VerifyRequest } from './verify/expectation.ts'
import { VERIFY_REQUEST } from './verify/expectation.ts'
import { verify } from './verify/verify.ts'

const DEFAULT_LIMIT = 1_000
/** Lines that are formatted before other requests are served. */
const SLICE = 200

export interface JournalQuery extends Selection {
  /** Only entries after this one. Default: all that are held. */
  readonly since?: number | undefined
  /**
   * At most so many: with `since` the first ones after it, without it the newest ones. Default
   * 1,000.
   */
  readonly limit?: number | undefined
}

export type FollowQuery = Selection & Pick<JournalQuery, 'since'>

const count = z.int().min(0)

/** What the journal answers to a query. */
export const JOURNAL_PAGE = z.strictObject({
  /** Oldest first. */
  entries: z.array(ENTRY),
  /** `since` of the next query. */
  cursor: count,
  /** Whether there are further entries after the cursor. */
  more: z.boolean(),
  /** How many entries were evicted, and the id of the latest one. */
  evicted: z.strictObject({ count, upTo: count }),
  held: z.strictObject({ entries: count, bytes: count }),
  limits: z.strictObject({ entries: count, bytes: count }),
})
export type JournalPage = z.output<typeof JOURNAL_PAGE>

/** The journal as the control API and the library show it. */
export class JournalReader {
  readonly #journal: Journal
  readonly #randomSeed: number
  readonly #streams: RecordedStreams
  readonly #followers: Followers

  /** `randomSeed` is part of each verdict. */
  constructor(journal: Journal, streams: RecordedStreams, randomSeed: number) {
    this.#randomSeed = randomSeed
    this.#journal = journal
    this.#followers = new Followers(journal)
    this.#streams = streams
  }

  /** The cursor of a follower that wants what comes next, and what is gone. */
  get extent(): { readonly cursor: number; readonly goneUpTo: number } {
    const { cursor, goneUpTo } = this.#journal.extent
    return { cursor, goneUpTo }
  }

  /** Calls `watcher` for each entry of sent events, at once. Returns a function that unsubscribes it. */
  onFrame(watcher: (frame: FrameEntry) => void): () => void {
    return this.#journal.onEntry(() => {
      const entry = this.#journal.entry(this.#journal.extent.cursor)
      if (entry?.kind === 'frame') watcher(entry)
    })
  }

  /** Entries, oldest first. Throws `evicted` for a `since` from an earlier run of the store. */
  query({ since, limit = DEFAULT_LIMIT, ...selection }: JournalQuery = {}): JournalPage {
    const journal = this.#journal
    journal.assertCursor(since ?? 0)
    const isSelected = selects(selection, journal, this.#streams)
    const { cursor: newest, evicted, goneUpTo, entries, bytes, limits } = journal.extent
    const found: JournalEntry[] = []
    for (const entry of since === undefined ? journal.backTo(0) : journal.after(since)) {
      if (!isSelected(entry)) continue
      // One more than asked for: it shows that there are more.
      if (found.push(entry) > limit) break
    }
    const isFull = found.length > limit
    if (isFull) found.pop()
    const more = isFull && since !== undefined
    return {
      entries: (since === undefined ? found.toReversed() : found).map(reportEntry),
      cursor: more ? (found.at(-1)?.id ?? newest) : newest,
      more,
      evicted: { count: evicted, upTo: goneUpTo },
      held: { entries, bytes },
      limits: { ...limits },
    }
  }

  /**
   * What followed from one change: who was sent its lines and when, and who has read its row.
   * `correlation` names it: `change-5044`.
   */
  effects(correlation: string): Effects {
    return effectsOf(correlation, this.#journal, this.#streams)
  }

  /** The selected entries as lines of JSON, oldest first. */
  jsonl(selection: Selection = {}): Readable {
    const isSelected = selects(selection, this.#journal, this.#streams)
    return Readable.from(jsonl(this.#journal.after(0), isSelected))
  }

  /** All requests and responses as an HTTP Archive, version 1.2. */
  har(): Har {
    return harOf(this.#journal.after(0))
  }

  /**
   * Sends the selected entries as events: those after the request's `Last-Event-ID`, else those after
   * `since`, else only new ones.
   */
  follow(request: Request, response: Response, { since, ...selection }: FollowQuery): void {
    const isSelected = selects(selection, this.#journal, this.#streams)
    const [last] = /^\d{1,15}$/.exec(request.get('Last-Event-ID') ?? '') ?? []
    const cursor = last === undefined ? (since ?? this.#journal.extent.cursor) : Number(last)
    this.#followers.add(request, response, { cursor, isSelected })
  }

  /**
   * Whether what happened is what was expected. Throws `bad-request` for an invalid expectation,
   * `evicted` for a `since` from an earlier run of the store.
   */
  verify(request: VerifyRequest): VerifyAnswer {
    const answer = verify(readBody(VERIFY_REQUEST, request), this.#journal, this.#streams)
    return { ...answer, randomSeed: this.#randomSeed }
  }

  /** Forgets all entries. Ids are not used again, and open streams stay known. */
  clear(): void {
    this.#journal.clear()
  }

  /** Ends all followers. */
  close(): void {
    this.#followers.close()
  }
}

async function* jsonl(
  entries: Iterable<JournalEntry>,
  isSelected: (entry: JournalEntry) => boolean,
): AsyncGenerator<string> {
  let lines: string[] = []
  for (const entry of entries) {
    if (!isSelected(entry)) continue
    if (lines.push(`${JSON.stringify(reportEntry(entry))}\n`) < SLICE) continue
    yield lines.join('')
    lines = []
    await setImmediate()
  }
  yield lines.join('')
}
