import type { Request, Response } from 'express'

import { assertCount } from '../content/limits.ts'
import { Connection } from '../http/connection.ts'
import { onceClosed } from '../http/once-closed.ts'
import { encodeEvent } from '../sse/encode.ts'
import { STREAM_HEAD } from '../sse/stream-hub.ts'
import type { JournalEntry } from './entry.ts'
import type { Journal } from './journal.ts'
import { reportEntry } from './report-entry.ts'

/** Entries that are formatted before other requests are served. */
const SLICE = 200
const HEARTBEAT_MS = 15_000
/** An event and no comment, which a reader in a browser would not see. */
const ALIVE = encodeEvent({ event: 'alive', data: '' })

export interface FollowOptions {
  /** Where to begin: only entries after it are sent. */
  readonly cursor: number
  readonly isSelected: (entry: JournalEntry) => boolean
}

/**
 * Sends entries as they are added, one event each. A follower is a connection and a cursor: a slow
 * one has no queue. When its cursor falls behind the oldest entry, an event `gone` says what it
 * missed. Followers are no clients of the store, and the journal does not record them.
 */
export class Followers {
  readonly #journal: Journal
  readonly #open = new Set<Response>()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** Takes over a response. Throws `limit-reached` when too many follow already. */
  add(request: Request, response: Response, options: FollowOptions): void {
    assertCount('journalFollowers', this.#open.size + 1)
    response.writeHead(200, STREAM_HEAD)
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    response.flushHeaders()
    request.resume()
    Connection.of(request.socket).discardLaterRequests()
    const pump = new Pump(this.#journal, response, options)
    const stopWatching = this.#journal.onEntry(() => pump.schedule())
    const heartbeat = setInterval(() => pump.sayAlive(), HEARTBEAT_MS)
    this.#open.add(response)
    onceClosed({ request, response }, () => {
      stopWatching()
      clearInterval(heartbeat)
      pump.stop()
      this.#open.delete(response)
    })
    pump.schedule()
  }

  /** Ends all of them. */
  close(): void {
    for (const response of this.#open) response.end()
  }
}

/** Writes from a cursor on, as fast as the connection takes it. */
class Pump {
  readonly #journal: Journal
  readonly #response: Response
  readonly #isSelected: FollowOptions['isSelected']
  #cursor: number
  #scheduled: NodeJS.Immediate | undefined

  constructor(journal: Journal, response: Response, { cursor, isSelected }: FollowOptions) {
    this.#journal = journal
    this.#response = response
    this.#cursor = cursor
    this.#isSelected = isSelected
    response.on('drain', () => this.schedule())
  }

  schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      this.#run()
    })
  }

  stop(): void {
    clearImmediate(this.#scheduled)
  }

  sayAlive(): void {
    if (!this.#response.writableNeedDrain) this.#response.write(ALIVE)
  }

  #run(): void {
    for (let count = 0; !this.#isBlocked; count += 1) {
      if (count === SLICE) {
        this.schedule()
        return
      }
      const { goneUpTo } = this.#journal.extent
      if (this.#cursor < goneUpTo) this.#tellGone(goneUpTo)
      const entry = this.#journal.entry(this.#cursor + 1)
      if (entry === undefined) return
      this.#cursor = entry.id
      if (this.#isSelected(entry)) {
        const data = JSON.stringify(reportEntry(entry))
        this.#response.write(encodeEvent({ id: String(entry.id), data }))
      }
    }
  }

  get #isBlocked(): boolean {
    return this.#response.writableNeedDrain || this.#response.writableEnded
  }

  #tellGone(upTo: number): void {
    const data = JSON.stringify({ from: this.#cursor + 1, upTo })
    this.#response.write(encodeEvent({ event: 'gone', id: String(upTo), data }))
    this.#cursor = upTo
  }
}
