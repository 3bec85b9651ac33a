import type { Request, Response } from 'express'

import type { StoreClock } from '../clock/store-clock.ts'
import type { ClockTimer } from '../clock/timer-queue.ts'
import type { FaultListener } from '../errors.ts'
import { Connection } from '../http/connection.ts'
import { onceClosed } from '../http/once-closed.ts'
import { redactUrl } from '../http/redact-url.ts'
import type { Settings } from '../knobs.ts'
import { encodeId, encodeRetry, HEARTBEAT } from './encode.ts'
import type { Frames } from './frames.ts'
import { isLongPoll, LongPoll } from './long-poll.ts'
import { StreamBytes } from './stream-bytes.ts'
import type { StreamClientInfo, StreamClientState } from './stream-client.ts'
import { StreamClient } from './stream-client.ts'
import type { StreamName } from './stream-name.ts'
import type { LeaveReason, StreamObserver } from './stream-observer.ts'
import type { StreamTap } from './stream-tap.ts'

export interface StreamHubDeps {
  readonly settings: Pick<
    Settings,
    | 'heartbeatMs'
    | 'longPoll'
    | 'longPollHoldMs'
    | 'longPollMaxBytes'
    | 'maxStreamBufferBytes'
    | 'retryMs'
  >
  readonly clock: StoreClock
  readonly onFault: FaultListener
  /** Default: nothing is observed. */
  readonly observer?: StreamObserver | undefined
  /** Default: all clients get the same. */
  readonly tap?: StreamTap | undefined
}

/** What a stream begins with, for one client alone. */
export interface StreamStart {
  readonly missedBy: (client: StreamClientState) => Iterable<Frames>
  /** Id of the position at which the stream begins. Default: its events have no ids. */
  readonly id?: string | undefined
}

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
  readonly #clients = new Set<StreamClient>()
  readonly #longPolls = new Map<StreamClient, LongPoll>()
  readonly #watchers = new Set<() => void>()
  #lastClientNumber = 0
  #heartbeat: ClockTimer | undefined

  constructor(deps: StreamHubDeps) {
    this.#deps = deps
  }

  get clientCount(): number {
    return this.#clients.size
  }

  /** The most that one client's socket has not taken yet, in bytes. */
  get largestBacklog(): number {
    let largest = 0
    for (const client of this.#clients.keys()) largest = Math.max(largest, client.backlog)
    return largest
  }

  /** Open streams, oldest first. */
  get clients(): readonly StreamClientState[] {
    return Array.from(this.#clients, (client) => client.state)
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
   * it.
   */
  open(
    name: StreamName,
    request: Request,
    response: Response,
    baseUrl: string,
    start?: StreamStart,
  ): void {
    const { settings } = this.#deps
    const { retryMs } = settings
    const isPolling = settings.longPoll && isLongPoll(request)
    // Nothing follows on the connection.
    response.writeHead(200, isPolling ? { ...STREAM_HEAD, Connection: 'close' } : STREAM_HEAD)
    response.flushHeaders()
    request.resume()
    Connection.of(request.socket).discardLaterRequests()
    const client = new StreamClient(this.#describe(name, request, response, baseUrl), response)
    onceClosed({ request, response }, () => this.#remove(client, 'disconnected'))
    this.#clients.add(client)
    if (isPolling) {
      const end = (): void => this.#endPoll(client, start?.id)
      this.#longPolls.set(client, new LongPoll(settings, end))
    }
    this.#deps.observer?.opened(client.info, response)
    this.#deps.tap?.opened({
      client,
      request,
      response,
      write: (bytes) => this.#writeOrDrop(client, bytes),
      leave: () => this.#remove(client, 'fault'),
    })
    if (retryMs > 0) this.#writeOrDrop(client, new StreamBytes(encodeRetry(retryMs)))
    for (const frames of start?.missedBy(client.state) ?? []) {
      if (!this.#mayWrite(client)) break
      this.#deliver(client, frames, this.#now())
      if (frames.events > 0 && this.#clients.has(client)) {
        this.#deps.observer?.sentTo(client.info, frames)
      }
    }
    this.#startHeartbeat()
    this.#notify()
  }

  /**
   * Sends to every client of a stream: encoded once for each distinct base URL, one write for each
   * client.
   */
  broadcast(name: StreamName, encode: (baseUrl: string) => Frames): void {
    const sent = new Map<string, { readonly frames: Frames; clients: number }>()
    const atMs = this.#now()
    for (const client of this.#clients) {
      const { stream, baseUrl } = client.info
      if (stream !== name) continue
      const batch = sent.get(baseUrl) ?? { frames: encode(baseUrl), clients: 0 }
      if (batch.clients === 0) sent.set(baseUrl, batch)
      batch.clients += 1
      this.#deliver(client, batch.frames, atMs)
    }
    for (const [baseUrl, { frames, clients }] of sent) {
      this.#deps.observer?.sent(name, baseUrl, frames, clients)
    }
    if (sent.size > 0) this.#notify()
  }

  /** Ends every stream. */
  closeAll(): void {
    for (const client of this.#clients) this.#end(client)
  }

  #end(client: StreamClient): void {
    // Removed now, not on 'close': no later announcement may be written after the end.
    this.#remove(client, 'ended')
    client.end()
  }

  /** With an id, because a client that returns without one misses what comes until then. */
  #endPoll(client: StreamClient, id: string | undefined): void {
    if (client.events === 0 && id !== undefined)
      this.#writeOrDrop(client, new StreamBytes(encodeId(id)))
    if (this.#clients.has(client)) this.#end(client)
  }

  #deliver(client: StreamClient, frames: Frames, atMs: number): void {
    const { tap } = this.#deps
    if (tap?.isOn(client) === true)
      tap.deliver(client, frames, (changed) => this.#send(client, changed, this.#now()))
    else this.#send(client, frames, atMs)
  }

  #send(client: StreamClient, frames: Frames, atMs: number): void {
    if (!this.#mayWrite(client)) return
    if (!this.#write(client, frames.bytes)) {
      this.#drop(client)
      return
    }
    client.delivered(frames, atMs)
    if (frames.events > 0) this.#longPolls.get(client)?.written(frames.bytes.length)
  }

  /** False for a long poll that is full: its client gets the rest with its next request. */
  #mayWrite(client: StreamClient): boolean {
    return this.#clients.has(client) && this.#longPolls.get(client)?.isFull !== true
  }

  #writeOrDrop(client: StreamClient, bytes: StreamBytes): void {
    if (this.#clients.has(client) && !this.#write(client, bytes)) this.#drop(client)
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
    this.#remove(client, 'dropped')
    client.drop()
  }

  #describe(
    stream: StreamName,
    request: Request,
    response: Response,
    baseUrl: string,
  ): StreamClientInfo {
    this.#lastClientNumber += 1
    return {
      id: `client-${this.#lastClientNumber}`,
      stream,
      path: redactUrl(request.originalUrl),
      baseUrl,
      host: request.get('Host') ?? null,
      user: response.locals.userName ?? null,
      since: this.#deps.clock.now().toISOString(),
      remoteAddress: request.socket.remoteAddress ?? '',
      userAgent: request.get('User-Agent') ?? null,
      lastEventId: request.get('Last-Event-ID') ?? null,
    }
  }

  #remove(client: StreamClient, reason: LeaveReason): void {
    if (!this.#clients.delete(client)) return
    this.#longPolls.get(client)?.cancel()
    this.#longPolls.delete(client)
    this.#deps.observer?.closed(client.info, client, reason)
    this.#deps.tap?.closed(client)
    if (this.#clients.size === 0) {
      this.#deps.clock.clear(this.#heartbeat)
      this.#heartbeat = undefined
    }
    this.#notify()
  }

  /** One timer for all clients, running while there are any. */
  #startHeartbeat(): void {
    const { heartbeatMs } = this.#deps.settings
    if (heartbeatMs === 0 || this.#heartbeat !== undefined || this.#clients.size === 0) return
    const heartbeat = new StreamBytes(HEARTBEAT)
    this.#heartbeat = this.#deps.clock.setInterval(() => {
      for (const client of this.#clients) {
        this.#writeOrDrop(client, heartbeat)
      }
    }, heartbeatMs)
  }

  #now(): number {
    return this.#deps.clock.now().getTime()
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }
}
