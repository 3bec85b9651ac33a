import type { Request, Response } from 'express'

import { assertCount } from '../content/limits.ts'
import { Connection } from '../http/connection.ts'
import { onceClosed } from '../http/once-closed.ts'
import type { RequestLimiter } from '../http/request-limiter.ts'
import { encodeEvent } from '../sse/encode.ts'
import type { StreamHub } from '../sse/stream-hub.ts'
import { STREAM_HEAD } from '../sse/stream-hub.ts'

export interface LiveMonitorDeps {
  readonly hub: Pick<StreamHub, 'clientCount'>
  readonly limiter: Pick<RequestLimiter, 'requests'>
}

/** The names of the events. The data of each is a number. */
export const MONITOR_EVENTS = ['connections', 'requests', 'uptime'] as const
type Counts = Readonly<Record<(typeof MONITOR_EVENTS)[number], number>>

const EVERY_MS = 1000

/**
 * Shows what the store does, as the live monitors of typical servers do: a stream of named events
 * for a page or for `curl`. Followers are no clients of the store. [practice: live monitor]
 */
export class LiveMonitor {
  readonly #deps: LiveMonitorDeps
  readonly #startedMs = performance.now()
  /** What each follower was sent last. */
  readonly #followers = new Map<Response, Counts>()
  #timer: NodeJS.Timeout | undefined

  constructor(deps: LiveMonitorDeps) {
    this.#deps = deps
  }

  /**
   * Takes over a response: sends all counts at once, and those that change once a second. Throws
   * `limit-reached` when too many follow already.
   */
  follow(request: Request, response: Response): void {
    assertCount('statsFollowers', this.#followers.size + 1)
    response.writeHead(200, STREAM_HEAD)
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    request.resume()
    Connection.of(request.socket).discardLaterRequests()
    const counts = this.#counts()
    response.write(encode(counts, undefined))
    this.#followers.set(response, counts)
    this.#timer ??= setInterval(() => this.#tellAll(), EVERY_MS)
    onceClosed({ request, response }, () => this.#remove(response))
  }

  /** Ends all streams. */
  close(): void {
    for (const response of this.#followers.keys()) response.end()
  }

  /** One that does not read misses counts, and gets the newest ones once it reads again. */
  #tellAll(): void {
    const counts = this.#counts()
    for (const [response, last] of this.#followers) {
      if (response.writableNeedDrain || response.writableEnded) continue
      response.write(encode(counts, last))
      this.#followers.set(response, counts)
    }
  }

  #counts(): Counts {
    return {
      connections: this.#deps.hub.clientCount,
      requests: this.#deps.limiter.requests,
      uptime: Math.floor((performance.now() - this.#startedMs) / 1000),
    }
  }

  #remove(response: Response): void {
    this.#followers.delete(response)
    if (this.#followers.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** The events of the counts that differ from the last ones. */
function encode(counts: Counts, last: Counts | undefined): string {
  return MONITOR_EVENTS.filter((name) => counts[name] !== last?.[name])
    .map((name) => encodeEvent({ event: name, data: String(counts[name]) }))
    .join('')
}
