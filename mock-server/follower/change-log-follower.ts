import type { ChangeLogEntry, ChangeLogPage } from './change-log-page.ts'
import { readChangeLogPage } from './change-log-page.ts'
import type { ListenerState } from './event-listener.ts'
import { EventListener } from './event-listener.ts'
import type { FollowerClock } from './follower-clock.ts'
import { FollowerTimer, REAL_CLOCK } from './follower-clock.ts'
import { FollowerError, shownUrl } from './follower-error.ts'
import { readAnswer } from './read-answer.ts'

export type { ChangeLogEntry } from './change-log-page.ts'
export type { FollowerClock } from './follower-clock.ts'
export { FollowerError, type FollowerErrorCode } from './follower-error.ts'

/** The log is polled at this interval, even without events. */
const SAFETY_POLL_MS = 600_000
/** A failed poll is retried after this time. */
const FAILED_POLL_MS = 60_000
/** A server can link pages without end. */
const MAX_PAGES = 100_000
const MAX_ENTRIES = 1_000_000

export interface FollowerOptions {
  /** Absolute URL of a change log. */
  readonly logUrl: string
  /** URL of an event stream that names the log, such as an SSE proxy; default: what the log advertises. */
  readonly streamUrl?: string | undefined
  /**
   * Value of the `Authorization` header field. It is sent to the origins of `logUrl` and
   * `streamUrl`, never to another one that a feed links to. Default: none.
   */
  readonly authorization?: string | undefined
  /** Called for each entry that is found after the start, oldest first. */
  readonly onEntry?: ((entry: ChangeLogEntry) => void) | undefined
  /** Called for each lost connection that has a reason, and each failed poll. The follower continues. */
  readonly onError?: ((error: FollowerError) => void) | undefined
  /** Default: the real one. */
  readonly clock?: FollowerClock | undefined
  /** Limit of pages that the start reads, and that one poll reads. Default 100,000. */
  readonly maxPages?: number | undefined
  /** Limit of items in `entries`. Default 1,000,000. */
  readonly maxEntries?: number | undefined
}

/**
 * Follows one change log as the vendor's daemon does: polls `previous` when the stream names the
 * log, when the stream was (re)opened, and every ten minutes. A failed poll is repeated after a
 * minute. Reaches the newest state of every item. [protocol §1, §3]
 */
export class ChangeLogFollower implements AsyncDisposable {
  readonly #options: FollowerOptions
  readonly #entries = new Map<string, ChangeLogEntry>()
  readonly #stop = new AbortController()
  readonly #safety: FollowerTimer
  readonly #failed: FollowerTimer
  readonly #logPath: string
  #listener: EventListener | undefined
  #previous = ''
  #polling: Promise<void> | undefined
  #isPollWanted = false

  private constructor(options: FollowerOptions) {
    this.#options = options
    this.#logPath = new URL(options.logUrl).pathname
    const { clock = REAL_CLOCK } = options
    this.#safety = new FollowerTimer(clock)
    this.#failed = new FollowerTimer(clock)
  }

  /**
   * Reads the whole log once, newest page to oldest, then listens. Throws `FollowerError` when the
   * log cannot be read, has more pages or items than the limits, or advertises no stream and none is
   * given.
   */
  static async start(options: FollowerOptions): Promise<ChangeLogFollower> {
    assertUrl('logUrl', options.logUrl)
    if (options.streamUrl !== undefined) assertUrl('streamUrl', options.streamUrl)
    assertLimit('maxPages', options.maxPages)
    assertLimit('maxEntries', options.maxEntries)
    const follower = new ChangeLogFollower(options)
    const newest = await follower.#read(options.logUrl)
    await follower.#readOlder(newest)
    const streamUrl = options.streamUrl ?? newest.eventStream
    if (streamUrl === undefined) throw noStream(options.logUrl)
    follower.#previous = newest.previous
    follower.#listen(streamUrl)
    follower.#pollLater()
    return follower
  }

  /** The newest entry of each item of the log, by its identifier. */
  get entries(): ReadonlyMap<string, ChangeLogEntry> {
    return this.#entries
  }

  /** State of the event stream. */
  get state(): ListenerState {
    return this.#listener?.state ?? 'closed'
  }

  /** Waits before each reconnection so far; the newest 100. */
  get waitsMs(): readonly number[] {
    return this.#listener?.waitsMs ?? []
  }

  /** Resolves when no poll is pending. */
  async settled(): Promise<void> {
    while (this.#polling !== undefined) await this.#polling
  }

  /** Ends the stream, a poll that runs, and every timer. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#listener?.[Symbol.dispose]()
    this.#safety.clear()
    await this.settled()
    this.#failed.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #readOlder(newest: ChangeLogPage): Promise<void> {
    const { maxPages = MAX_PAGES } = this.#options
    const read = new Set<string>()
    for (let page = newest; ;) {
      this.#assertRoom(page)
      for (const entry of page.entries) {
        if (!this.#entries.has(entry.identifier)) this.#entries.set(entry.identifier, entry)
      }
      const { next } = page
      if (next === undefined) return
      if (read.has(next)) throw turnsInCircles(next)
      read.add(next)
      if (read.size >= maxPages) throw tooMany('maxPages', maxPages, next)
      page = await this.#read(next)
    }
  }

  #listen(url: string): void {
    const { clock = REAL_CLOCK, onError = () => {}, streamUrl } = this.#options
    this.#listener = new EventListener({
      url,
      headers: this.#headersFor(url, streamUrl),
      clock,
      // Nothing is replayed: a poll finds the changes during the disconnect.
      onOpen: () => this.#poll(),
      onData: (data) => {
        // Compared by path: behind a proxy, the host is the name that the proxy sent to the store.
        if (URL.canParse(data) && new URL(data).pathname === this.#logPath) this.#poll()
      },
      onError,
    })
  }

  #pollLater(): void {
    this.#safety.set(SAFETY_POLL_MS, () => {
      this.#poll()
      this.#pollLater()
    })
  }

  /** One poll at a time; an event during a poll starts another one afterwards. */
  #poll(): void {
    this.#isPollWanted = true
    this.#polling ??= this.#pollWhileWanted().finally(() => {
      this.#polling = undefined
      if (this.#isPollWanted && !this.#stop.signal.aborted) this.#poll()
    })
  }

  async #pollWhileWanted(): Promise<void> {
    while (this.#isPollWanted && !this.#stop.signal.aborted) {
      this.#isPollWanted = false
      try {
        await this.#readNewer()
      } catch (error) {
        if (this.#stop.signal.aborted) return
        if (!(error instanceof FollowerError)) throw error
        this.#failed.set(FAILED_POLL_MS, () => this.#poll())
        this.#options.onError?.(error)
      }
    }
  }

  async #readNewer(): Promise<void> {
    const { maxPages = MAX_PAGES } = this.#options
    for (let count = 0; count < maxPages; count += 1) {
      const url = this.#previous
      const page = await this.#read(url)
      if (page.entries.length === 0) return
      // Else the same page would be read again and again.
      if (page.previous === url) throw turnsInCircles(url)
      this.#assertRoom(page)
      this.#previous = page.previous
      for (const entry of page.entries.toReversed()) {
        this.#entries.set(entry.identifier, entry)
        this.#options.onEntry?.(entry)
      }
    }
    // The next poll continues from there.
    throw tooMany('maxPages', maxPages, this.#previous)
  }

  #assertRoom({ entries }: ChangeLogPage): void {
    const { maxEntries = MAX_ENTRIES, logUrl } = this.#options
    const added = new Set(entries.map(({ identifier }) => identifier))
    for (const identifier of added) if (this.#entries.has(identifier)) added.delete(identifier)
    if (this.#entries.size + added.size > maxEntries)
      throw tooMany('maxEntries', maxEntries, logUrl)
  }

  async #read(url: string): Promise<ChangeLogPage> {
    const text = await readAnswer(url, this.#headersFor(url), this.#stop.signal)
    return readChangeLogPage(text, url)
  }

  #headersFor(url: string, streamUrl?: string): Readonly<Record<string, string>> {
    const { authorization, logUrl } = this.#options
    if (authorization === undefined) return {}
    const { origin } = new URL(url)
    const isKnown = [logUrl, streamUrl].some(
      (known) => known !== undefined && new URL(known).origin === origin,
    )
    return isKnown ? { authorization } : {}
  }
}

function assertUrl(option: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new FollowerError(
      'bad-options',
      `${option}: expected an absolute http or https URL, got ${shownUrl(text)}`,
    )
  }
  if (url.username === '' && url.password === '') return
  throw new FollowerError(
    'bad-options',
    `${option}: expected a URL without user info: give \`authorization\``,
  )
}

function assertLimit(option: string, limit: number | undefined): void {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit > 0)) return
  throw new FollowerError('bad-options', `${option}: expected a whole number from 1, got ${limit}`)
}

function noStream(url: string): FollowerError {
  return new FollowerError(
    'bad-answer',
    `${shownUrl(url)}: expected a link of type text/event-stream, got none: give streamUrl`,
  )
}

function turnsInCircles(url: string): FollowerError {
  return new FollowerError(
    'bad-answer',
    `${shownUrl(url)}: expected links that lead to other pages, got one to a page that was read`,
  )
}

function tooMany(option: 'maxPages' | 'maxEntries', limit: number, url: string): FollowerError {
  const what = option === 'maxPages' ? 'pages' : 'items'
  return new FollowerError(
    'bad-answer',
    `${shownUrl(url)}: expected a log of at most ${limit} ${what}, got more: give a larger ${option}`,
  )
}
