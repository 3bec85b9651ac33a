import type { Socket } from 'node:net'

import type { ClientSocket } from './client-socket.ts'
import { Announcer } from './announcer.ts'
import type { FrameLog } from './frame-log.ts'
import { HEARTBEATS, HeartbeatSchedule } from './heartbeats.ts'
import { HubCounts } from './hub-counts.ts'
import type { HubOptions } from './hub-options.ts'
import { LongPolls } from './long-polls.ts'
import { Passes } from './passes.ts'
import { StreamEnds } from './stream-ends.ts'
import { StreamStarts } from './stream-start.ts'
import { StreamWriter, type StreamWriterOptions } from './stream-writer.ts'
import { SubscriberList } from './subscriber-list.ts'
import {
  isMovable,
  type MovableSubscriber,
  type StreamFacts,
  unpackStream,
} from './stream-state.ts'
import { reportEnd, startRecord } from './stream-record.ts'
import { type EndReason, type NewSubscriber, Subscriber } from './subscriber.ts'
import { Timeouts } from './timeouts.ts'
import { Visits } from './visits.ts'

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
  readonly #timeouts: Timeouts
  readonly #visits: Visits
  readonly #passes: Passes
  readonly #writer: StreamWriter
  #isSweeping = false
  #isClosed = false
  readonly #counts = new HubCounts()

  constructor(options: HubOptions) {
    this.#options = options
    this.#log = options.log
    this.#starts = new StreamStarts(options)
    this.#ends = new StreamEnds(options)
    this.#heartbeats = new HeartbeatSchedule(options.heartbeatMs)
    const { log, stallMs } = options
    this.#visits = new Visits({
      ...options,
      subscribers: this.#subscribers,
      onException: (subscriber) => this.#disconnect(subscriber, 'exception'),
    })
    const guarded: StreamWriterOptions['guarded'] = (...call) => this.#visits.one(...call)
    this.#passes = new Passes(async () => await this.#runPass())
    this.#polls = new LongPolls({
      ...options,
      end: (subscriber) => guarded(subscriber, (one) => this.#end(one, 'polled')),
    })
    const shared = { log, polls: this.#polls, counts: this.#counts }
    this.#writer = new StreamWriter({
      ...shared,
      nowMs: () => this.#visits.nowMs,
      requestPass: () => this.#passes.request(),
      end: (...call) => this.#end(...call),
      disconnect: (...call) => this.#disconnect(...call),
      guarded,
    })
    const onChecked = (): void => void this.sweep()
    const announcer = new Announcer({ ...options, ...shared, onChecked })
    this.#announcer = announcer
    this.#timeouts = new Timeouts({ log, announcer, heartbeats: this.#heartbeats, stallMs })
    this.#log.onAppend(() => this.#passes.request())
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
    const nowMs = this.#visits.readTime()
    const isPoll = request.wantsEnd && this.#options.longPoll.enabled
    const start = this.#starts.begin(request, isPoll || this.#options.earlyId)
    const subscriber = new Subscriber(socket, framing, start.cursor, nowMs)
    if (request.completesLater) {
      subscriber.onWritten = (error) => {
        if (!subscriber.isStalled) this.#writer.afterWritten(subscriber, error)
      }
    }
    this.#subscribers.add(subscriber)
    subscriber.endsAtMs = this.#ends.dueMs(nowMs)
    subscriber.idleMs = request.idleMs
    subscriber.address = request.address
    const isReported = this.#options.onStreamEnd !== undefined
    if (isReported) subscriber.record = startRecord(request, nowMs)
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
      this.#announcer.schedule(subscriber, nowMs)
    } else if (subscriber.cursor < this.#log.headPosition) {
      this.#counts.replays += 1
      this.#writer.writeNextPage(subscriber)
    }
    socket.uncork()
    this.#writer.afterWrite(subscriber)
  }

  /** Sends the heartbeats that are due, and disconnects clients that stopped reading. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return
    this.#isSweeping = true
    await this.#visits.all((subscriber) => this.#checkTimeouts(subscriber))
    this.#isSweeping = false
  }

  /** Disconnects clients that vanished without closing their connections. */
  async disconnectVanished(isGone: (socket: ClientSocket) => boolean): Promise<void> {
    await this.#visits.all((one) => isGone(one.socket) && this.#disconnect(one, 'vanished'))
  }

  /**
   * Ends the open streams one after the other, over `returnSpreadMs`, while the others get events.
   */
  endGradually(): void {
    this.#endSpread(this.streams)
  }

  /** Passes leave time to send sockets to another process. */
  copy(isCopied: boolean): void {
    this.#passes.leavesTime = isCopied
  }

  /** Writes nothing more to open streams, until `thaw`. */
  freeze(): void {
    this.#writer.isFrozen = true
  }

  thaw(): void {
    this.#writer.isFrozen = false
  }

  /** The open streams. */
  get streams(): readonly Subscriber[] {
    return this.#subscribers.all()
  }

  /** Whether another process can continue this stream. */
  canMove(subscriber: Subscriber): subscriber is MovableSubscriber {
    return isMovable(subscriber) && !this.#polls.has(subscriber)
  }

  /** Another process continues this stream: its socket is closed here only. */
  release(subscriber: Subscriber): void {
    subscriber.endReason = 'moved'
    subscriber.socket.destroy()
  }

  /** Asks the clients that cannot move to reconnect, over `returnSpreadMs`. Returns their number. */
  endImmovable(): number {
    const rest = this.streams.filter((one) => !one.isEnded && !this.canMove(one))
    this.#endSpread(rest)
    return rest.length
  }

  /** Continues a stream of another process, whose log was the same. */
  adopt(socket: Socket, facts: StreamFacts, numbers: ArrayLike<number>): void {
    const nowMs = this.#visits.readTime()
    const subscriber = unpackStream(socket, facts, numbers, nowMs)
    this.#subscribers.add(subscriber)
    socket.on('close', () => this.#remove(subscriber))
    if (subscriber.cursor !== this.#log.headPosition) this.#passes.request()
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
      this.#visits.one(subscriber, () => this.#endForShutdown(subscriber, retryMs))
    }
    const deadline = setTimeout(() => {
      for (const { socket } of subscribers) socket.destroy()
    }, withinMs)
    await closed
    clearTimeout(deadline)
  }

  async #runPass(): Promise<void> {
    this.#counts.passes += 1
    await this.#visits.all((subscriber) => this.#writer.serve(subscriber))
  }

  #checkTimeouts(subscriber: Subscriber): void {
    if (this.#writer.isFrozen && !subscriber.isEnded) return
    const due = this.#timeouts.due(subscriber, this.#visits.nowMs)
    switch (due) {
      case 'nothing':
        return
      case 'gone':
        subscriber.socket.destroy()
        return
      case 'fell-behind':
      case 'stalled':
        this.#disconnect(subscriber, due)
        return
      case 'announcement':
        this.#announcer.announce(subscriber)
        this.#writer.afterWrite(subscriber)
        return
      case 'heartbeat':
        subscriber.write(HEARTBEATS[subscriber.framing])
        this.#counts.heartbeats += 1
        this.#writer.afterWrite(subscriber)
        return
      default:
        this.#end(subscriber, due)
    }
  }

  #end(subscriber: Subscriber, reason: EndReason, retryMs?: number): void {
    this.#ends.end(subscriber, reason, this.#visits.nowMs, retryMs)
  }

  #endSpread(subscribers: readonly Subscriber[]): void {
    this.#ends.spread(subscribers, (subscriber, retryMs) => {
      this.#visits.one(subscriber, () => this.#endForShutdown(subscriber, retryMs))
    })
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
