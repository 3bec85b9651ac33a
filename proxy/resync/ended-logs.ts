import { setTimeout as pause } from 'node:timers/promises'

import type { LogState } from './ask-page.ts'

export interface EndedLogsOptions {
  /** Asks whether the back end still has a change log; rejects when that stays unknown. */
  readonly ask: (url: string) => Promise<LogState>
  /** Time in which questions may begin. */
  readonly checkMs: number
  readonly nowMs: () => number
}

/** Questions at the same time, and the pause after each: at most 100 per second. */
const MOST_AT_ONCE = 4
const PAUSE_MS = 40

/**
 * Finds the change logs of one back end that no longer exist, such as those of removed sections: the
 * back end answers 410, or 404 while it serves another one. A back end that answers 404 for all of
 * them may serve only the stream, or may not be ready.
 */
export class EndedLogs {
  readonly #options: EndedLogsOptions
  /** Change logs that were announced while questions were asked. */
  readonly #announced = new Set<string>()
  #checks = 0
  #isClosed = false

  constructor(options: EndedLogsOptions) {
    this.#options = options
  }

  /** The back end has announced this change log, so it exists. */
  announced(url: string): void {
    if (this.#checks > 0) this.#announced.add(url)
  }

  /** Asks each of these change logs once, in order. What cannot be known has not ended. */
  async among(urls: readonly string[]): Promise<ReadonlySet<string>> {
    const untilMs = this.#options.nowMs() + this.#options.checkMs
    const waiting = urls.values()
    const states = new Map<string, LogState>()
    const work = async (): Promise<void> => {
      for (const url of waiting) {
        if (this.#isClosed || this.#options.nowMs() > untilMs) return
        const state = await this.#options.ask(url).catch(() => undefined)
        if (state === undefined) continue
        states.set(url, state)
        await pause(PAUSE_MS)
      }
    }
    this.#checks += 1
    await Promise.all(Array.from({ length: MOST_AT_ONCE }, work))
    this.#checks -= 1
    const servesLogs = [...states.values()].includes('served')
    const ended = [...states].filter(
      ([url, state]) =>
        !this.#announced.has(url) && (state === 'gone' || (state === 'missing' && servesLogs)),
    )
    if (this.#checks === 0) this.#announced.clear()
    return new Set(ended.map(([url]) => url))
  }

  close(): void {
    this.#isClosed = true
  }
}
