import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import type { ClientSocket } from './client-socket.ts'
import { Announcer } from './announcer.ts'
import type { FrameLog } from './frame-log.ts'
import { HEARTBEATS, HeartbeatSchedule } from './heartbeats.ts'
import { HubCounts } from './hub-counts.ts'
import type { HubOptions } from './hub-options.ts'
import { LongPolls } from './long-polls.ts'
import { StreamEnds } from './stream-ends.ts'
import { StreamStarts } from './stream-start.ts'
import { SubscriberList } from './subscriber-list.ts'
import { type StreamFacts, unpackStream } from './stream-state.ts'
import { countWrite, reportEnd, startRecord } from './stream-record.ts'
import { type EndReason, type NewSubscriber, Subscriber } from './subscriber.ts'

const NOTHING = Buffer.alloc(0)
/** Time between two passes in which sockets are sent to another process, some ten in a millisecond. */
const COPY_MS = 100

/**
 * Sends the frames of the log to every subscriber. A pass writes to each writable one the bytes from
 * its cursor to the end of the page. Passes repeat until all of these have caught up. Frames that
 * are appended during a pass join it: under load one write carries many.
 */
export class Hub {
  readonly #options: HubOptions
  readonly #log: FrameLog
  readonly #starts: StreamStarts
  readonly #ends: StreamEnds
  readonly #subscribers = new SubscriberList()
  readonly #announcer: Announcer
  readonly #heartbeats: HeartbeatSchedule
  readonly #polls: LongPolls
  #pass: 'none' | 'running' | 'running, again' = 'none'
  #isSweeping = false
  #isClosed = false
  #isCopied = false
  #isFrozen = false
  /** The time, read once per slice. */
  #nowMs: number
  readonly #counts = new HubCounts()

  constructor(options: HubOptions) {
    this.#options = options
    this.#log = options.log
    this.#starts = new StreamStarts(options)
    this.#ends = new StreamEnds(options)
    this.#heartbeats = new HeartbeatSchedule(options.heartbeatMs)
    this.#nowMs = options.nowMs()
    this.#polls = new LongPolls({
      ...options,
      end: (subscriber) => this.#guarded(subscriber, (one) => this.#end(one, 'polled')),
    })
    this.#announcer = new Announcer({
      ...options,
      polls: this.#polls,
      counts: this.#counts,
      onChecked: () => void this.sweep(),
    })
    this.#log.onAppend(() => this.#requestPass())
  }

  /** Number of open streams. */
  get size(): number {
    return this.#subscribers.size
  }

  get counts(): HubCounts {
    return this.#counts
  }

  /** How often `sweep` is to be called. */
  get sweepMs(): number {
    return this.#heartbeats.visitMs
  }

  /**
   * Sends the response head and what follows the client's last event id. The client is a subscriber
   * until either side ends the stream.
   */
  add(subscriber: NewSubscriber): void {
    const { guard, lagMs } = this.#options
    const { lastEventId, socket } = subscriber
    const isUnknown = lastEventId !== undefined && this.#log.locate(lastEventId).kind === 'unknown'
    // Another process may have sent an event that is not in this process's log yet.
    if (!isUnknown || lagMs === 0) {
      this.#add(subscriber)
      return
    }
    const addLater = (): void => this.#add(subscriber)
    setTimeout(() => guard.run('timer', addLater, () => socket.destroy()), lagMs)
  }

  #add(request: NewSubscriber): void {
    const { socket, framing } = request
    if (this.#isClosed) socket.destroy()
    if (socket.destroyed) return
    this.#nowMs = this.#options.nowMs()
    const isPoll = request.wantsEnd && this.#options.longPoll.enabled
    const start = this.#starts.begin(request, isPoll || this.#options.earlyId)
    const subscriber = new Subscriber(socket, framing, start.cursor, this.#nowMs)
    if (request.completesLater) {
      subscriber.onWritten = (error) => {
        if (!subscriber.isStalled) this.#afterWritten(subscriber, error)
      }
    }
    this.#subscribers.add(subscriber)
    subscriber.endsAtMs = this.#ends.dueMs(this.#nowMs)
    subscriber.idleMs = request.idleMs
    subscriber.address = request.address
    const isReported = this.#options.onStreamEnd !== undefined
    if (isReported) subscriber.record = startRecord(request, this.#nowMs)
    if (isPoll) {
      this.#counts.longPolls += 1
      this.#polls.begin(subscriber)
    }
    socket.on('close', () => this.#remove(subscriber))
    // The head, the first bytes and the first page of a replay leave in one system call.
    socket.cork()
    subscriber.write(start.bytes)
    if (!isPoll) this.#starts.writeRetry(subscriber)
    if (start.isGap) {
      this.#counts.gaps += 1
      this.#announcer.schedule(subscriber, this.#nowMs)
    } else if (subscriber.cursor < this.#log.headPosition) {
      this.#counts.replays += 1
      this.#writeNextPage(subscriber)
    }
    socket.uncork()
    this.#afterWrite(subscriber)
  }

  #requestPass(): void {
    if (this.#pass === 'none') {
      this.#pass = 'running'
      if (this.#isCopied) setTimeout(() => void this.#runPass(), COPY_MS)
      else setImmediate(() => void this.#runPass())
    } else {
      this.#pass = 'running, again'
    }
  }

  /** Sends the heartbeats that are due, and disconnects clients that stopped reading. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return
    this.#isSweeping = true
    await this.#visitAll((subscriber) => this.#checkTimeouts(subscriber))
    this.#isSweeping = false
  }

  /** Disconnects clients that vanished without closing their connections. */
  async disconnectVanished(isGone: (socket: ClientSocket) => boolean): Promise<void> {
    await this.#visitAll((one) => isGone(one.socket) && this.#disconnect(one, 'vanished'))
  }

  /**
   * Ends the open streams one after the other, over `returnSpreadMs`, while the others get events.
   */
  endGradually(): void {
    this.#ends.spread(this.#subscribers.all(), (subscriber, retryMs) => {
      this.#guarded(subscriber, () => this.#endForShutdown(subscriber, retryMs))
    })
  }

  /** Passes leave time to send sockets to another process. */
  copy(isCopied: boolean): void {
    this.#isCopied = isCopied
  }

  /** Writes nothing more to open streams, until `thaw`. */
  freeze(): void {
    this.#isFrozen = true
  }

  thaw(): void {
    this.#isFrozen = false
    this.#requestPass()
  }

  /** The open streams. */
  get streams(): readonly Subscriber[] {
    return this.#subscribers.all()
  }

  /** Whether another process can continue this stream: TLS and HTTP/2 have state in this one. */
  canMove(subscriber: Subscriber): subscriber is Subscriber & { readonly socket: Socket } {
    const { socket } = subscriber
    return (
      socket instanceof Socket &&
      !(socket instanceof TLSSocket) &&
      !subscriber.isEnded &&
      !this.#polls.has(subscriber)
    )
  }

  /** Another process continues this stream: its socket is closed here only. */
  release(subscriber: Subscriber): void {
    subscriber.endReason = 'moved'
    subscriber.socket.destroy()
  }

  /** Asks the clients that cannot move to reconnect, over `returnSpreadMs`. Returns their number. */
  endImmovable(): number {
    const rest = this.streams.filter((one) => !one.isEnded && !this.canMove(one))
    this.#ends.spread(rest, (subscriber, retryMs) => {
      this.#guarded(subscriber, () => this.#endForShutdown(subscriber, retryMs))
    })
    return rest.length
  }

  /** Continues a stream of another process, whose log was the same. */
  adopt(socket: Socket, facts: StreamFacts, numbers: ArrayLike<number>): void {
    this.#nowMs = this.#options.nowMs()
    const subscriber = unpackStream(socket, facts, numbers, this.#nowMs)
    this.#subscribers.add(subscriber)
    socket.on('close', () => this.#remove(subscriber))
    if (subscriber.cursor !== this.#log.headPosition) this.#requestPass()
  }

  /**
   * Ends every stream in good order. Clients that have not read the end by then are disconnected.
   */
  async close(withinMs: number): Promise<void> {
    this.#isClosed = true
    this.#ends.clear()
    const subscribers = this.#subscribers.all()
    const closed = Promise.all(subscribers.map(async (subscriber) => await subscriber.closed()))
    for (const subscriber of subscribers) {
      const retryMs = this.#ends.randomReturnMs()
      this.#guarded(subscriber, () => this.#endForShutdown(subscriber, retryMs))
    }
    const deadline = setTimeout(() => {
      for (const { socket } of subscribers) socket.destroy()
    }, withinMs)
    await closed
    clearTimeout(deadline)
  }

  async #runPass(): Promise<void> {
    this.#counts.passes += 1
    await this.#visitAll((subscriber) => this.#serve(subscriber))
    const isRequestedAgain = this.#pass === 'running, again'
    this.#pass = 'none'
    if (isRequestedAgain) this.#requestPass()
  }

  /** An exception disconnects one client. All others are visited, and the log is trimmed. */
  async #visitAll(visit: (subscriber: Subscriber) => void): Promise<void> {
    const { guard, nowMs } = this.#options
    await guard.runAsync('timer', async () => {
      await this.#subscribers.visit(
        (subscriber) => this.#guarded(subscriber, visit),
        () => {
          this.#nowMs = nowMs()
        },
      )
      this.#log.trim(nowMs())
    })
  }

  #guarded(subscriber: Subscriber, work: (subscriber: Subscriber) => void): void {
    try {
      work(subscriber)
    } catch (error) {
      this.#options.guard.record('client', error)
      this.#disconnect(subscriber, 'exception')
    }
  }

  #serve(subscriber: Subscriber): void {
    if (subscriber.cursor === this.#log.headPosition || subscriber.isStalled) return
    if (subscriber.announceAtMs !== 0 || subscriber.isEnded || this.#isFrozen) return
    if (subscriber.cursor < this.#log.tailPosition) {
      this.#disconnect(subscriber, 'fell-behind')
      return
    }
    this.#writeNextPage(subscriber)
    this.#afterWrite(subscriber)
  }

  #writeNextPage(subscriber: Subscriber): void {
    const position = subscriber.cursor
    const slice = this.#log.read(position)
    subscriber.write(slice[subscriber.framing])
    subscriber.cursor = slice.nextPosition
    this.#counts.writes += 1
    this.#counts.framesOut += slice.frames
    countWrite(subscriber, slice)
    this.#polls.wrote(subscriber, slice.nextPosition - position)
  }

  #afterWrite(subscriber: Subscriber): void {
    subscriber.lastWriteMs = this.#nowMs
    if (this.#polls.isFull(subscriber)) {
      this.#end(subscriber, 'polled')
      return
    }
    if (!subscriber.isStalled) {
      const isBehind = subscriber.cursor < this.#log.headPosition
      if (isBehind && subscriber.announceAtMs === 0) this.#requestPass()
      return
    }
    if (subscriber.stalledSinceMs !== 0) return
    subscriber.stalledSinceMs = this.#nowMs
    if (subscriber.onWritten !== undefined) return
    // `drain` is not emitted below the high-water mark. The callback of an empty write runs once
    // the kernel has the rest.
    subscriber.socket.write(NOTHING, (error) => this.#afterWritten(subscriber, error))
  }

  #afterWritten(subscriber: Subscriber, error?: Error | null): void {
    subscriber.stalledSinceMs = 0
    if (error === null || error === undefined) this.#guarded(subscriber, (one) => this.#serve(one))
  }

  #checkTimeouts(subscriber: Subscriber): void {
    const { stallMs } = this.#options
    const { idleMs } = subscriber
    const silentMs = this.#nowMs - subscriber.lastWriteMs
    if (this.#isFrozen && !subscriber.isEnded) return
    if (subscriber.isEnded) {
      // A client has this long to read the end and to close its side.
      if (silentMs >= stallMs) subscriber.socket.destroy()
    } else if (subscriber.cursor < this.#log.tailPosition) {
      this.#disconnect(subscriber, 'fell-behind')
    } else if (subscriber.isStalled) {
      const limitMs = idleMs === 0 ? stallMs : Math.min(stallMs, idleMs)
      if (this.#nowMs - subscriber.stalledSinceMs >= limitMs)
        this.#disconnect(subscriber, 'stalled')
    } else if (subscriber.endsAtMs !== 0 && this.#nowMs >= subscriber.endsAtMs) {
      this.#end(subscriber, 'age')
    } else if (this.#announcer.isDue(subscriber, this.#nowMs)) {
      this.#announcer.announce(subscriber)
      this.#afterWrite(subscriber)
    } else if (this.#heartbeats.isDue(subscriber, this.#nowMs)) {
      subscriber.write(HEARTBEATS[subscriber.framing])
      this.#counts.heartbeats += 1
      this.#afterWrite(subscriber)
    } else if (idleMs !== 0 && silentMs >= idleMs) {
      this.#end(subscriber, 'idle')
    }
  }

  #end(subscriber: Subscriber, reason: EndReason, retryMs?: number): void {
    this.#ends.end(subscriber, reason, this.#nowMs, retryMs)
  }

  #endForShutdown(subscriber: Subscriber, retryMs: number): void {
    this.#end(subscriber, 'shutdown', this.#polls.has(subscriber) ? undefined : retryMs)
  }

  /** Resets the connection, so that the kernel drops the bytes which the client does not read. */
  #disconnect(subscriber: Subscriber, reason: EndReason): void {
    subscriber.endReason = reason
    subscriber.socket.resetAndDestroy()
  }

  #remove(subscriber: Subscriber): void {
    this.#counts.ended[subscriber.endReason] += 1
    reportEnd(subscriber, this.#options)
    this.#polls.remove(subscriber)
    this.#subscribers.remove(subscriber)
  }
}
