import type { Request, Response } from 'express'

import type { StoreClock } from '../clock/store-clock.ts'
import type { ClockTimer } from '../clock/timer-queue.ts'
import type { FaultListener } from '../errors.ts'
import { Connection } from '../http/connection.ts'
import { onceClosed } from '../http/once-closed.ts'
import type { Settings } from '../knobs.ts'
import { encodeRetry, HEARTBEAT } from './encode.ts'
import { StreamBytes } from './stream-bytes.ts'
import type { StreamClientState } from './stream-client.ts'
import { StreamClient } from './stream-client.ts'

export interface StreamHubDeps {
  readonly settings: Pick<Settings, 'heartbeatMs' | 'maxStreamBufferBytes' | 'retryMs'>
  readonly clock: StoreClock
  readonly onFault: FaultListener
}

/** The events of one change, encoded for all clients with the same base URL. */
export interface Frames {
  readonly bytes: StreamBytes
  readonly events: number
  readonly changeId: number
}

/** The streams that a client can open. */
export type StreamName =
  | 'changes'
  | '/live-center-editorial'
  | '/live-center-presentation-webservice'
  | 'newsgate'

export const STREAM_HEAD = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
} as const

/**
 * All open event streams: sends heads and heartbeats, and drops clients that do not read. Callers
 * encode the events.
 */
export class StreamHub {
  readonly #deps: StreamHubDeps
  readonly #clients = new Map<StreamClient, StreamName>()
  readonly #watchers = new Set<() => void>()
  #lastClientNumber = 0
  #heartbeat: ClockTimer | undefined

  constructor(deps: StreamHubDeps) {
    this.#deps = deps
  }

  get clientCount(): number {
    return this.#clients.size
  }

  /** Open streams, oldest first. */
  get clients(): readonly StreamClientState[] {
    return Array.from(this.#clients.keys(), (client) => client.state)
  }

  /**
   * Called when a stream opens or closes and after each delivery. Returns a function that
   * unsubscribes it.
   */
  onActivity(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /**
   * Takes over a response: sends the head at once and keeps the body open until either side ends
   * it. `first` is sent first, to this client only.
   */
  open(
    name: StreamName,
    request: Request,
    response: Response,
    baseUrl: string,
    first?: (client: StreamClientState) => readonly Frames[],
  ): void {
    const { retryMs } = this.#deps.settings
    response.writeHead(200, STREAM_HEAD)
    response.flushHeaders()
    request.resume()
    Connection.of(request.socket).discardLaterRequests()
    const client = new StreamClient(this.#describe(request, baseUrl), response)
    onceClosed({ request, response }, () => this.#remove(client))
    this.#clients.set(client, name)
    if (retryMs > 0) this.#write(client, new StreamBytes(encodeRetry(retryMs)))
    for (const frames of first?.(client.state) ?? []) this.#deliver(client, frames)
    this.#startHeartbeat()
    this.#notify()
  }

  /**
   * Sends to every client of a stream: encoded once for each distinct base URL, one write for each
   * client.
   */
  broadcast(name: StreamName, encode: (baseUrl: string) => Frames): void {
    const encoded = new Map<string, Frames>()
    for (const [client, listensTo] of this.#clients) {
      if (listensTo !== name) continue
      const { baseUrl } = client.info
      const frames = encoded.get(baseUrl) ?? encode(baseUrl)
      encoded.set(baseUrl, frames)
      this.#deliver(client, frames)
    }
    if (encoded.size > 0) this.#notify()
  }

  /** Ends every stream. */
  closeAll(): void {
    for (const client of this.#clients.keys()) {
      // Removed now, not on 'close': no later announcement may be written after the end.
      this.#remove(client)
      client.end()
    }
  }

  #deliver(client: StreamClient, { bytes, events, changeId }: Frames): void {
    if (this.#write(client, bytes)) client.delivered(events, changeId)
    else this.#drop(client)
  }

  /** An exception disconnects only its own client. */
  #write(client: StreamClient, bytes: StreamBytes): boolean {
    try {
      return client.write(bytes, this.#deps.settings.maxStreamBufferBytes)
    } catch (error) {
      this.#deps.onFault(error)
      return false
    }
  }

  #drop(client: StreamClient): void {
    this.#remove(client)
    client.drop()
  }

  #describe(request: Request, baseUrl: string): StreamClient['info'] {
    this.#lastClientNumber += 1
    return {
      id: `client-${this.#lastClientNumber}`,
      path: request.originalUrl,
      baseUrl,
      since: this.#deps.clock.now().toISOString(),
      remoteAddress: request.socket.remoteAddress ?? '',
      userAgent: request.get('User-Agent') ?? null,
      lastEventId: request.get('Last-Event-ID') ?? null,
    }
  }

  #remove(client: StreamClient): void {
    if (!this.#clients.delete(client)) return
    if (this.#clients.size === 0) {
      this.#deps.clock.clear(this.#heartbeat)
      this.#heartbeat = undefined
    }
    this.#notify()
  }

  /** One timer for all clients, running while there are any. */
  #startHeartbeat(): void {
    const { heartbeatMs } = this.#deps.settings
    if (heartbeatMs === 0 || this.#heartbeat !== undefined) return
    const heartbeat = new StreamBytes(HEARTBEAT)
    this.#heartbeat = this.#deps.clock.setInterval(() => {
      for (const client of this.#clients.keys()) {
        if (!this.#write(client, heartbeat)) this.#drop(client)
      }
    }, heartbeatMs)
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }
}
