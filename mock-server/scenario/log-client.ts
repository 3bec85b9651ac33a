import { setTimeout as sleep } from 'node:timers/promises'

import { EventParser } from '../sse/event-parser.ts'
import { serviceUrls } from '../service-urls.ts'
import { ScenarioFailure } from './failure.ts'
import type { LogRow } from './log-reader.ts'
import { readPolledPage, readLogPaths } from './log-reader.ts'
import type { StoreApi } from './store-api.ts'
import { reasonOf } from './store-api.ts'

/**
 * Real time between attempts to connect, and between polls that fail. Clients of the field wait
 * seconds; a scenario shall be short.
 */
const RETRY_MS = 50
const MAX_LINE_LENGTH = 1_000_000
/** Real time until the first stream is open. */
const OPEN_MS = 60_000
/** Pages of one poll: an endless log is a defect of the store. */
const MAX_PAGES = 100_000

export interface LogClientOptions {
  readonly api: StoreApi
  /** Where it listens, e.g. at a proxy; default the store's own stream. */
  readonly streamUrl?: string | undefined
  readonly signal: AbortSignal
}

/** What a client has done. */
export interface LogClientCounts {
  readonly events: number
  readonly polls: number
  /** Polls without an answer that can be used. */
  readonly failedPolls: number
  /** Streams that it opened again. */
  readonly reconnects: number
}

/** What a client has read of one change log. */
interface FollowedLog {
  /** The link that it polls next. */
  previous: string
  readonly rows: Map<number, LogRow>
}

/**
 * A client of the change logs. It polls the `previous` link of a log when an event names the log,
 * and of all logs when its stream was opened again. Without events it polls nothing, so what it
 * knows shows what it was told.
 */
export class LogClient {
  readonly logs = new Map<string, FollowedLog>()
  readonly #options: LogClientOptions
  readonly #wanted = new Set<string>()
  readonly #opened: Promise<void>
  #isOpened = (): void => {}
  #listening: Promise<void> | undefined
  #polling: Promise<void> | undefined
  #counts = { events: 0, polls: 0, failedPolls: 0, reconnects: 0 }
  #openedStreams = 0
  #lastFailure = 'nothing'

  private constructor(options: LogClientOptions) {
    this.#options = options
    this.#opened = new Promise((resolve) => (this.#isOpened = resolve))
  }

  /** Finds all logs, reads their first page, and listens. Resolves when the stream is open. */
  static async start(options: LogClientOptions): Promise<LogClient> {
    const client = new LogClient(options)
    for (const path of await readLogPaths(options.api)) {
      const { previous } = await readPolledPage(options.api, path)
      client.logs.set(path, { previous, rows: new Map() })
    }
    client.#listening = client.#listen()
    const tooLate = sleep(OPEN_MS, 'too late', { signal: options.signal, ref: false })
    if ((await Promise.race([client.#opened, tooLate])) === 'too late') {
      throw new ScenarioFailure(
        `${client.#streamUrl}: expected an event stream within ${OPEN_MS} ms, got ${client.#lastFailure}`,
      )
    }
    return client
  }

  get counts(): LogClientCounts {
    return this.#counts
  }

  /** Resolves when it has stopped, after its signal was aborted. */
  async stopped(): Promise<void> {
    await Promise.allSettled([this.#listening, this.#polling])
  }

  get #streamUrl(): string {
    const { api, streamUrl } = this.#options
    return streamUrl ?? api.url + serviceUrls('').eventStream
  }

  async #listen(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      try {
        await this.#readStream()
        this.#lastFailure = 'the end of it'
      } catch (error) {
        // It connects again, as clients do.
        this.#lastFailure = reasonOf(error)
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
    }
    this.#isOpened()
  }

  async #readStream(): Promise<void> {
    const { api, streamUrl, signal } = this.#options
    const response = await fetch(this.#streamUrl, {
      headers: { Accept: 'text/event-stream', ...(streamUrl === undefined ? api.headers : {}) },
      signal,
    })
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel()
      throw new Error(`status ${response.status}`)
    }
    this.#openedStreams += 1
    this.#counts.reconnects = this.#openedStreams - 1
    this.#isOpened()
    if (this.#openedStreams > 1) for (const path of this.logs.keys()) this.#poll(path)
    const parser = new EventParser({ onEvent: ({ data }) => this.#take(data) })
    const decoder = new TextDecoder()
    for await (const chunk of response.body) {
      parser.push(decoder.decode(chunk, { stream: true }))
      if (parser.pendingLength > MAX_LINE_LENGTH)
        throw new Error('a line of the stream is too long')
    }
  }

  #take(data: string): void {
    const path = this.#options.api.pathOf(data)
    if (!path.startsWith(`${serviceUrls('').changeLogs}/`)) return
    this.#counts.events += 1
    this.#poll(path)
  }

  /** One poll at a time; an event during a poll starts another one afterwards. */
  #poll(path: string): void {
    this.#wanted.add(path)
    this.#polling ??= this.#pollWanted().finally(() => (this.#polling = undefined))
  }

  async #pollWanted(): Promise<void> {
    const { signal } = this.#options
    for (;;) {
      const [path] = this.#wanted
      if (path === undefined || signal.aborted) return
      this.#wanted.delete(path)
      try {
        await this.#pollLog(path)
      } catch {
        this.#counts.failedPolls += 1
        this.#wanted.add(path)
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
      }
    }
  }

  async #pollLog(path: string): Promise<void> {
    const { api } = this.#options
    const log = this.logs.get(path)
    if (log === undefined) {
      // A log that did not exist before: everything in it is new.
      this.logs.set(path, { previous: `${path}/after/0`, rows: new Map() })
      this.#wanted.add(path)
      return
    }
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      this.#counts.polls += 1
      const page = await readPolledPage(api, log.previous)
      if (page.previous !== '') log.previous = page.previous
      if (page.rows.length === 0) return
      for (const row of page.rows.toReversed()) log.rows.set(row.id, row)
    }
  }
}
