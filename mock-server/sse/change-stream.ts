import type { Request, Response } from 'express'

import type { Change } from '../content/changes/change.ts'
import type { LogBook } from '../content/changes/log-book.ts'
import type { LogRef, LogScope } from '../content/changes/log-ref.ts'
import { logPath } from '../content/changes/log-ref.ts'
import type { Settings } from '../knobs.ts'
import { encodeEvent, encodeRetry, HEARTBEAT } from './encode.ts'
import type { StreamClientState } from './stream-client.ts'
import { StreamClient } from './stream-client.ts'

export interface ChangeStreamDeps {
  readonly settings: Settings
  readonly logs: LogBook
  readonly now: () => Date
}

export const STREAM_HEAD = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
} as const

/** Paths of the logs that a change announces, each once, in the order in which they are sent. [protocol §3.4] */
export function announcedPaths(
  logs: readonly LogRef[],
  announce: readonly LogScope[],
): readonly string[] {
  return [...new Set(logs.filter(({ scope }) => announce.includes(scope)).map(logPath))]
}

/** The event stream: every open client hears of every change. [protocol §3.1] */
export class ChangeStream {
  readonly #deps: ChangeStreamDeps
  readonly #clients = new Set<StreamClient>()
  readonly #watchers = new Set<() => void>()
  #lastClientNumber = 0
  #heartbeat: NodeJS.Timeout | undefined

  constructor(deps: ChangeStreamDeps) {
    this.#deps = deps
  }

  /** Open streams, oldest first. */
  get clients(): readonly StreamClientState[] {
    return Array.from(this.#clients, (client) => client.state)
  }

  /** Called when a stream opens or closes and after each delivery. Returns a function that ends it. */
  onActivity(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Takes over a response: the head leaves at once, the body goes on until either side ends it. */
  open(request: Request, response: Response, baseUrl: string): void {
    const { retryMs, maxStreamBufferBytes } = this.#deps.settings
    response.writeHead(200, STREAM_HEAD)
    response.flushHeaders()
    const client = new StreamClient(this.#describe(request, baseUrl), response)
    response.once('close', () => this.#forget(client))
    this.#clients.add(client)
    if (retryMs > 0) client.write(Buffer.from(encodeRetry(retryMs)), maxStreamBufferBytes)
    this.#replay(client)
    this.#keepBeating()
    this.#notify()
  }

  /** Tells every client of a committed change: encoded once for each distinct host, one write for each client. */
  announce(change: Change): void {
    const { announce, maxStreamBufferBytes } = this.#deps.settings
    const paths = announcedPaths(change.logs, announce)
    if (paths.length === 0 || this.#clients.size === 0) return
    const framesFor = new Map<string, Buffer>()
    for (const client of this.#clients) {
      const { baseUrl } = client.info
      const frames = framesFor.get(baseUrl) ?? this.#encode(change, paths, baseUrl)
      framesFor.set(baseUrl, frames)
      if (client.write(frames, maxStreamBufferBytes)) client.delivered(paths.length, change.id)
      else client.drop()
    }
    this.#notify()
  }

  /** Ends every stream. */
  closeAll(): void {
    for (const client of this.#clients) client.end()
  }

  #encode(change: Change, paths: readonly string[], baseUrl: string): Buffer {
    return Buffer.from(this.#frames(change, paths, baseUrl).join(''))
  }

  #frames(change: Change, paths: readonly string[], baseUrl: string): readonly string[] {
    return paths.map((path, index) => {
      const id = this.#deps.settings.ids ? `${change.id}-${index + 1}` : undefined
      return encodeEvent({ data: baseUrl + path, id })
    })
  }

  /** Everything after the event that the client names. An id that is none, or too old, replays nothing. */
  #replay(client: StreamClient): void {
    const { replay, announce, maxStreamBufferBytes } = this.#deps.settings
    const [, changeId, index] = /^(\d{1,15})-(\d{1,3})$/.exec(client.info.lastEventId ?? '') ?? []
    if (!replay || !this.#deps.logs.reachesBackTo(Number(changeId))) return
    // From the named change itself: the client may have had only the first of its events.
    for (const change of this.#deps.logs.since(Number(changeId) - 1)) {
      const frames = this.#frames(
        change,
        announcedPaths(change.logs, announce),
        client.info.baseUrl,
      )
      const missed = change.id === Number(changeId) ? frames.slice(Number(index)) : frames
      if (missed.length === 0) continue
      client.write(Buffer.from(missed.join('')), maxStreamBufferBytes)
      client.delivered(missed.length, change.id)
    }
  }

  #describe(request: Request, baseUrl: string): StreamClient['info'] {
    this.#lastClientNumber += 1
    return {
      id: `client-${this.#lastClientNumber}`,
      path: request.originalUrl,
      baseUrl,
      since: this.#deps.now().toISOString(),
      remoteAddress: request.socket.remoteAddress ?? '',
      userAgent: request.get('User-Agent') ?? null,
      lastEventId: request.get('Last-Event-ID') ?? null,
    }
  }

  #forget(client: StreamClient): void {
    this.#clients.delete(client)
    if (this.#clients.size === 0) clearInterval(this.#heartbeat)
    if (this.#clients.size === 0) this.#heartbeat = undefined
    this.#notify()
  }

  /** One timer for all clients, running while there are any. */
  #keepBeating(): void {
    const { heartbeatMs, maxStreamBufferBytes } = this.#deps.settings
    if (heartbeatMs === 0 || this.#heartbeat !== undefined) return
    this.#heartbeat = setInterval(() => {
      for (const client of this.#clients) {
        if (!client.write(HEARTBEAT, maxStreamBufferBytes)) client.drop()
      }
    }, heartbeatMs)
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }
}
