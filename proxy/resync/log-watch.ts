import { setTimeout as pause } from 'node:timers/promises'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { PageAnswer } from './ask-page.ts'

/** Where the changes after those begin that clients know. */
export interface LogPointer {
  /** The link `previous` of a page. */
  readonly previous: string
  /** ETag of the page at that link when it was empty. */
  readonly etag: string | undefined
}

export interface LogWatchOptions {
  /** Asks for a page of a change log; rejects when that fails. */
  readonly ask: (url: string, etag: string | undefined) => Promise<PageAnswer>
  /** When the last byte of the back end's stream was received. */
  readonly heardMs: () => number
  /** Within this time after a change its event is sent. */
  readonly graceMs: number
  /** Time limit for all questions after one outage. */
  readonly checkMs: number
  readonly maxLogs: number
  /** A pointer has changed. */
  readonly onChange: () => void
  /** A change log cannot be asked. */
  readonly onFailure: (url: string, error: unknown) => void
  readonly guard: BoundaryGuard
  readonly nowMs: () => number
}

/** What is known about one change log. */
interface Watched {
  pointer: LogPointer | undefined
  /** When the back end announced it last; 0 = the pointer or the candidate is newer. */
  announcedMs: number
  /** A newer pointer, and when it was asked for. It may include a change whose event is on its way. */
  candidate: { readonly pointer: LogPointer; readonly askedMs: number } | undefined
  /** Questions in a row that failed, and when the next one may come. */
  failures: number
  notBeforeMs: number
}

const TICK_MS = 100
const LONGEST_WAIT_MS = 3_600_000
/** Questions at the same time, and the time between two: at most 100 per second. */
const MOST_AT_ONCE = 4
const PACE_MS = 10

/**
 * Follows the change logs of one back end just closely enough to tell after an outage which of them
 * changed. After events of a log it asks once for the log's `previous` link. After an outage it
 * asks each link once: an empty page means that clients missed nothing.
 */
export class LogWatch {
  readonly #options: LogWatchOptions
  readonly #logs = new Map<string, Watched>()
  readonly #timer: NodeJS.Timeout
  /**
   * Whether all events since the pointers are known to clients: from the end of the questions after
   * an outage until the connection ends.
   */
  #isCurrent = false
  /** Number of the connection, counting ends and beginnings. */
  #connection = 0
  #isRefreshing = false
  #isClosed = false

  /** `pointers` = those of an earlier run. */
  constructor(options: LogWatchOptions, pointers: ReadonlyMap<string, LogPointer | undefined>) {
    this.#options = options
    for (const [url, pointer] of pointers) {
      this.#logs.set(url, newLog(pointer))
    }
    this.#timer = setInterval(() => {
      options.guard.run('timer', () => this.#tick())
    }, TICK_MS)
  }

  /** All change logs, and the pointers of those that have one. */
  pointers(): ReadonlyMap<string, LogPointer | undefined> {
    return new Map([...this.#logs].map(([url, { pointer }]) => [url, pointer]))
  }

  /** The back end has announced this change log. */
  announced(url: string): void {
    const { maxLogs, nowMs, onChange } = this.#options
    const known = this.#logs.get(url)
    if (known === undefined) {
      const [oldest] = this.#logs.keys()
      if (this.#logs.size >= maxLogs && oldest !== undefined) this.#logs.delete(oldest)
      onChange()
    }
    this.#logs.delete(url)
    this.#logs.set(url, {
      ...(known ?? newLog(undefined)),
      announcedMs: nowMs(),
      candidate: undefined,
    })
  }

  /** The change log has ended. */
  forget(url: string): void {
    this.#logs.delete(url)
  }

  /** The connection has ended or was replaced: an event may have been lost with it. */
  lost(): void {
    this.#isCurrent = false
    this.#connection += 1
    for (const watched of this.#logs.values()) {
      if (watched.candidate === undefined) continue
      watched.candidate = undefined
      watched.announcedMs = this.#options.nowMs()
    }
  }

  /** A new connection continues the one before, so that no event is lost. */
  resumed(): void {
    this.#isCurrent = true
  }

  /**
   * Asks each of these change logs once. Calls back for each that has changed since its pointer, or
   * for which that cannot be known.
   */
  async check(urls: readonly string[], onChanged: (url: string) => void): Promise<void> {
    const untilMs = this.#options.nowMs() + this.#options.checkMs
    const waiting = [...urls]
    const connection = this.#connection
    const work = async (): Promise<void> => {
      for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
        if (this.#isClosed) return
        const isLate = this.#options.nowMs() > untilMs
        if (isLate || (await this.#hasChanged(url))) onChanged(url)
        if (!isLate) await pause(PACE_MS * MOST_AT_ONCE)
      }
    }
    await Promise.all(Array.from({ length: MOST_AT_ONCE }, work))
    if (connection === this.#connection) this.#isCurrent = true
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
  }

  async #hasChanged(url: string): Promise<boolean> {
    const watched = this.#logs.get(url)
    if (watched?.pointer === undefined) return true
    const { previous, etag } = watched.pointer
    try {
      const answer = await this.#options.ask(previous, etag)
      if (answer.page === undefined) return false
      if (!answer.page.hasEntries) {
        if (watched.announcedMs === 0) {
          this.#keep(watched, { previous: answer.page.previous, etag: answer.etag })
        }
        return false
      }
    } catch (error) {
      this.#fail(url, watched, error)
    }
    // The pointer moves on when the log has been announced and asked again.
    watched.announcedMs ||= this.#options.nowMs()
    return true
  }

  #keep(watched: Watched, pointer: LogPointer): void {
    watched.pointer = pointer
    watched.candidate = undefined
    this.#options.onChange()
  }

  #tick(): void {
    const { graceMs, heardMs } = this.#options
    for (const watched of this.#logs.values()) {
      // A byte that came later than that proves that the event has arrived, if there was one.
      const { candidate } = watched
      if (candidate !== undefined && heardMs() - candidate.askedMs > graceMs) {
        this.#keep(watched, candidate.pointer)
      }
    }
    if (this.#isCurrent && !this.#isRefreshing) {
      void this.#options.guard.runAsync('timer', () => this.#refreshAll())
    }
  }

  /** Asks for the newest pages of the change logs whose events have paused, one after the other. */
  async #refreshAll(): Promise<void> {
    this.#isRefreshing = true
    try {
      for (const [url, watched] of this.#logs) {
        if (!this.#isCurrent || this.#isClosed) return
        const { announcedMs, notBeforeMs } = watched
        const nowMs = this.#options.nowMs()
        if (announcedMs === 0 || announcedMs + this.#options.graceMs > nowMs) continue
        if (notBeforeMs > nowMs) continue
        await this.#refresh(url, watched)
        await pause(PACE_MS)
      }
    } finally {
      this.#isRefreshing = false
    }
  }

  async #refresh(url: string, watched: Watched): Promise<void> {
    const connection = this.#connection
    const { announcedMs } = watched
    const isSame = (): boolean => connection === this.#connection && this.#logs.get(url) === watched
    try {
      const { page } = await this.#options.ask(url, undefined)
      if (page === undefined || !isSame()) return
      watched.failures = 0
      watched.announcedMs = watched.announcedMs === announcedMs ? 0 : watched.announcedMs
      const pointer = { previous: page.previous, etag: undefined }
      watched.candidate = { pointer, askedMs: this.#options.nowMs() }
    } catch (error) {
      if (!this.#isClosed) this.#fail(url, watched, error)
    }
  }

  #fail(url: string, watched: Watched, error: unknown): void {
    const { graceMs, nowMs, onFailure } = this.#options
    watched.failures += 1
    watched.notBeforeMs = nowMs() + Math.min(LONGEST_WAIT_MS, graceMs * 2 ** watched.failures)
    onFailure(url, error)
  }
}

function newLog(pointer: LogPointer | undefined): Watched {
  return { pointer, announcedMs: 0, candidate: undefined, failures: 0, notBeforeMs: 0 }
}
