import type { ClientRequest, IncomingMessage } from 'node:http'
import { get } from 'node:http'

import { createParser } from 'eventsource-parser'

import type { FeedEntry, ReadFeed } from './read-feed.ts'
import { readFeed } from './read-feed.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Waits of the vendor's daemon: the first one after a loss, doubled up to the cap. */
const FIRST_WAIT_MS = 10_000
const MAX_WAIT_MS = 60_000
/** A stream that is silent for this long is treated as dead. */
const SILENCE_MS = 600_000
/** The log is polled at this interval, even without events. */
const SAFETY_POLL_MS = 600_000
/** A failed poll is retried after this time. */
const FAILED_POLL_MS = 60_000

export interface FollowerOptions {
  readonly logUrl: string
  /** Default: what the log advertises. */
  readonly streamUrl?: string | undefined
  readonly authorization?: string | undefined
  readonly clock: VirtualClock
}

type FollowerState = 'connecting' | 'open' | 'waiting' | 'closed'

/**
 * Follows one change log as the vendor's daemon does: polls `previous` when the stream names the
 * log, when the stream was (re)opened, and at an interval. Reconnects with growing waits. Reaches
 * the newest state of every item.
 */
export class ChangeLogFollower implements AsyncDisposable {
  /** The latest entry of each item, by its identifier. */
  readonly entries = new Map<string, FeedEntry>()
  /** Waits before each reconnection so far. */
  readonly waitsMs: number[] = []
  readonly #options: FollowerOptions
  readonly #logPath: string
  #state: FollowerState = 'connecting'
  #streamUrl = ''
  #previous = ''
  #failures = 0
  #polling: Promise<void> | undefined
  #isPollWanted = false
  #request: ClientRequest | undefined
  #silence: number | undefined
  #safety: number | undefined
  #retry: number | undefined

  private constructor(options: FollowerOptions) {
    this.#options = options
    this.#logPath = new URL(options.logUrl).pathname
  }

  /**
   * Reads the whole log once, newest page to oldest, then listens. Throws when the log cannot be
   * read.
   */
  static async start(options: FollowerOptions): Promise<ChangeLogFollower> {
    const follower = new ChangeLogFollower(options)
    let page = await follower.#read(options.logUrl)
    follower.#previous = page.links.get('previous') ?? ''
    follower.#streamUrl = options.streamUrl ?? page.links.get('event-stream') ?? ''
    for (;;) {
      for (const entry of page.entries) {
        if (!follower.entries.has(entry.identifier)) follower.entries.set(entry.identifier, entry)
      }
      const next = page.links.get('next')
      if (next === undefined) break
      page = await follower.#read(next)
    }
    follower.#connect()
    follower.#pollLater()
    return follower
  }

  get state(): FollowerState {
    return this.#state
  }

  /** Resolves when no poll is pending. */
  async settled(): Promise<void> {
    while (this.#polling !== undefined) await this.#polling
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed'
    for (const timer of [this.#silence, this.#safety, this.#retry]) this.#options.clock.clear(timer)
    this.#request?.destroy()
    await this.settled()
  }

  #connect(): void {
    if (this.#state === 'closed') return
    this.#state = 'connecting'
    const { authorization } = this.#options
    const headers = {
      accept: 'text/event-stream',
      ...(authorization === undefined ? {} : { authorization }),
    }
    const request = get(this.#streamUrl, { headers, agent: false }, (response) =>
      this.#listen(response),
    )
    request.on('error', () => this.#lost(request))
    request.on('close', () => this.#lost(request))
    this.#request = request
  }

  #listen(response: IncomingMessage): void {
    if (response.statusCode !== 200) {
      response.destroy()
      return
    }
    this.#state = 'open'
    this.#failures = 0
    this.#watchSilence()
    const parser = createParser({
      onEvent: ({ data }) => {
        // Compared by path: behind a proxy, the host is the name that the proxy sent to the store.
        if (URL.canParse(data) && new URL(data).pathname === this.#logPath) this.#poll()
      },
    })
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      this.#watchSilence()
      parser.feed(chunk)
    })
    response.on('error', () => {}) // 'close' of the request follows.
    // Nothing is replayed: a poll finds the changes during the disconnect.
    this.#poll()
  }

  #lost(request: ClientRequest): void {
    if (request !== this.#request || this.#state === 'closed' || this.#state === 'waiting') return
    this.#state = 'waiting'
    this.#options.clock.clear(this.#silence)
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, MAX_WAIT_MS)
    this.#failures += 1
    this.waitsMs.push(waitMs)
    this.#retry = this.#options.clock.after(waitMs, () => this.#connect())
  }

  #watchSilence(): void {
    this.#options.clock.clear(this.#silence)
    this.#silence = this.#options.clock.after(SILENCE_MS, () => this.#request?.destroy())
  }

  #pollLater(): void {
    this.#options.clock.clear(this.#safety)
    this.#safety = this.#options.clock.after(SAFETY_POLL_MS, () => {
      this.#poll()
      this.#pollLater()
    })
  }

  /** One poll at a time; an event during a poll starts another one afterwards. */
  #poll(): void {
    this.#isPollWanted = true
    this.#polling ??= this.#pollWhileWanted().finally(() => {
      this.#polling = undefined
      if (this.#isPollWanted && this.#state !== 'closed') this.#poll()
    })
  }

  async #pollWhileWanted(): Promise<void> {
    while (this.#isPollWanted && this.#state !== 'closed') {
      this.#isPollWanted = false
      try {
        let page = await this.#read(this.#previous)
        while (page.entries.length > 0) {
          for (const entry of page.entries.toReversed()) this.entries.set(entry.identifier, entry)
          this.#previous = page.links.get('previous') ?? this.#previous
          page = await this.#read(this.#previous)
        }
      } catch {
        // The store is not reachable; the next poll finds what this one missed.
        this.#options.clock.after(FAILED_POLL_MS, () => this.#poll())
      }
    }
  }

  async #read(url: string): Promise<ReadFeed> {
    const { authorization } = this.#options
    const headers = authorization === undefined ? {} : { authorization }
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(20_000) })
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
    return readFeed(await response.text())
  }
}
