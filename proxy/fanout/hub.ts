import type { Socket } from 'node:net'

import type { BoundaryGuard } from '../boundary-guard.ts'
import { encodeChunk } from '../sse/chunk.ts'
import { AnnouncementTurns } from './announcement-turns.ts'
import type { FrameLog } from './frame-log.ts'
import { HEARTBEATS, HeartbeatSchedule } from './heartbeats.ts'
import { HubCounts } from './hub-counts.ts'
import { idFrame, Openings } from './opening.ts'
import type { Pointers } from './pointers.ts'
import { Roster } from './roster.ts'
import { type EndReason, type NewSubscriber, Subscriber } from './subscriber.ts'

export interface HubOptions {
  readonly log: FrameLog
  readonly guard: BoundaryGuard
  /** Silence after which a client gets a comment; 0 = never. */
  readonly heartbeatMs: number
  /** How long a socket may take nothing before it is cut off. */
  readonly stallMs: number
  /** Longest life of a stream, each one's a little shorter by chance; 0 = no end. */
  readonly maxStreamMs: number
  /** Over how long the clients' return is spread when all streams end. */
  readonly returnSpreadMs: number
  /** What clients that missed events are told; undefined = nothing but that. */
  readonly pointers: Pointers | undefined
  /** The announcements to clients that come back at once are spread over at most this time. */
  readonly announceSpreadMs: number
  /** How far the log may be behind that of other processes that give the same ids; 0 = there are none. */
  readonly lagMs: number
  readonly nowMs: () => number
  /** 0 <= random() < 1. */
  readonly random: () => number
}

/** The chunk that ends a chunked body [http/1.1 §7.1]. */
const LAST_CHUNK = encodeChunk('')
const NOTHING = Buffer.alloc(0)

/** Streams of the same age do not end together. */
const LIFE_JITTER = 0.2
const EARLIEST_RETURN_MS = 1000

/**
 * Brings what is in the log to every subscriber. A pass visits them all and writes to each whose socket takes more
 * what lies between its cursor and the end of its page; passes go on until nobody is behind who could be served. Frames
 * that come during a pass join it: under load one write carries many.
 */
export class Hub {
  readonly #options: HubOptions
  readonly #log: FrameLog
  readonly #openings: Openings
  readonly #roster = new Roster()
  readonly #turns: AnnouncementTurns
  readonly #heartbeats: HeartbeatSchedule
  #pass: 'none' | 'running' | 'running, again' = 'none'
  #isSweeping = false
  #isClosed = false
  /** The clock, looked at once per slice. */
  #nowMs: number
  readonly #counts = new HubCounts()

  constructor(options: HubOptions) {
    this.#options = options
    this.#log = options.log
    this.#openings = new Openings(options.log)
    this.#turns = new AnnouncementTurns(options.announceSpreadMs)
    this.#heartbeats = new HeartbeatSchedule(options.heartbeatMs)
    this.#nowMs = options.nowMs()
  }

  /** Number of open streams. */
  get size(): number {
    return this.#roster.size
  }

  get counts(): HubCounts {
    return this.#counts
  }

  /** How often `sweep` is to be called. */
  get sweepMs(): number {
    return this.#heartbeats.visitMs
  }

  /** Answers a client with its head and all that follows its last event id; it stays until either side ends the stream. */
  add(subscriber: NewSubscriber): void {
    const { guard, lagMs } = this.#options
    const { lastEventId, socket } = subscriber
    const isUnknown = lastEventId !== undefined && this.#log.locate(lastEventId).kind === 'unknown'
    // Another process may have sent what this one has yet to hear of.
    if (!isUnknown || lagMs === 0) {
      this.#add(subscriber)
      return
    }
    const addLater = (): void => this.#add(subscriber)
    setTimeout(() => guard.run('timer', addLater, () => socket.destroy()), lagMs)
  }

  #add({ socket, framing, head, lastEventId }: NewSubscriber): void {
    if (this.#isClosed) socket.destroy()
    if (socket.destroyed) return
    this.#nowMs = this.#options.nowMs()
    const opening = this.#openings.begin(head, framing, lastEventId)
    const subscriber = new Subscriber(socket, framing, opening.cursor, this.#nowMs)
    this.#roster.add(subscriber)
    subscriber.endsAtMs = this.#endOfLife()
    socket.on('close', () => this.#remove(subscriber))
    // Head, opening and the first page of a replay leave in one system call.
    socket.cork()
    socket.write(opening.bytes)
    if (opening.isGap) {
      this.#counts.gaps += 1
      this.#hold(subscriber)
    } else if (subscriber.cursor < this.#log.headPosition) {
      this.#counts.replays += 1
      this.#writeNextPage(subscriber)
    }
    socket.uncork()
    this.#afterWrite(subscriber)
  }

  /** Says that the log has grown. */
  wake(): void {
    if (this.#pass === 'none') {
      this.#pass = 'running'
      setImmediate(() => void this.#runPass())
    } else {
      this.#pass = 'running, again'
    }
  }

  /** Sends the heartbeats that are due and cuts off who has taken nothing for too long. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return
    this.#isSweeping = true
    await this.#visitAll((subscriber) => this.#lookAfter(subscriber))
    this.#isSweeping = false
  }

  /** Cuts off the clients that are gone without a word. */
  async cutOffVanished(isGone: (socket: Socket) => boolean): Promise<void> {
    await this.#visitAll((one) => isGone(one.socket) && this.#cutOff(one, 'vanished'))
  }

  /** Ends every stream in good order; who has not taken its end by then is cut off. */
  async close(withinMs: number): Promise<void> {
    this.#isClosed = true
    const subscribers = this.#roster.all()
    const closed = Promise.all(subscribers.map(async (subscriber) => await subscriber.closed()))
    for (const subscriber of subscribers) {
      const retryMs = EARLIEST_RETURN_MS + this.#options.random() * this.#options.returnSpreadMs
      this.#guarded(subscriber, () => this.#end(subscriber, 'shutdown', Math.round(retryMs)))
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
    const isAskedAgain = this.#pass === 'running, again'
    this.#pass = 'none'
    if (isAskedAgain) this.wake()
  }

  /** An exception costs one client its stream; the others are visited all the same, and the log is trimmed. */
  async #visitAll(visit: (subscriber: Subscriber) => void): Promise<void> {
    const { guard, nowMs } = this.#options
    await guard.runAsync('timer', async () => {
      await this.#roster.visit(
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
      this.#cutOff(subscriber, 'exception')
    }
  }

  #serve(subscriber: Subscriber): void {
    if (subscriber.cursor === this.#log.headPosition || subscriber.isStalled) return
    if (subscriber.heldUntilMs !== 0 || subscriber.isEnded) return
    if (subscriber.cursor < this.#log.tailPosition) {
      this.#cutOff(subscriber, 'fell-behind')
      return
    }
    this.#writeNextPage(subscriber)
    this.#afterWrite(subscriber)
  }

  #writeNextPage(subscriber: Subscriber): void {
    const slice = this.#log.read(subscriber.cursor)
    subscriber.socket.write(slice[subscriber.framing])
    subscriber.cursor = slice.nextPosition
    this.#counts.writes += 1
    this.#counts.framesOut += slice.frames
  }

  #afterWrite(subscriber: Subscriber): void {
    subscriber.lastWriteMs = this.#nowMs
    if (!subscriber.isStalled) {
      if (subscriber.cursor < this.#log.headPosition && subscriber.heldUntilMs === 0) this.wake()
      return
    }
    if (subscriber.stalledSinceMs !== 0) return
    subscriber.stalledSinceMs = this.#nowMs
    // `drain` is silent below the high-water mark; an empty write comes back when the kernel has taken the rest.
    subscriber.socket.write(NOTHING, (error) => {
      subscriber.stalledSinceMs = 0
      if (error === null || error === undefined) {
        this.#guarded(subscriber, () => this.#serve(subscriber))
      }
    })
  }

  #lookAfter(subscriber: Subscriber): void {
    if (subscriber.isEnded) {
      // A client has this long to take the end and to close its side too.
      if (this.#nowMs - subscriber.lastWriteMs >= this.#options.stallMs) subscriber.socket.destroy()
    } else if (subscriber.cursor < this.#log.tailPosition) {
      this.#cutOff(subscriber, 'fell-behind')
    } else if (subscriber.isStalled) {
      const stalledMs = this.#nowMs - subscriber.stalledSinceMs
      if (stalledMs >= this.#options.stallMs) this.#cutOff(subscriber, 'stalled')
    } else if (subscriber.endsAtMs !== 0 && this.#nowMs >= subscriber.endsAtMs) {
      this.#end(subscriber, 'age', undefined)
    } else if (subscriber.heldUntilMs !== 0 && this.#nowMs >= subscriber.heldUntilMs) {
      this.#announce(subscriber)
      this.#afterWrite(subscriber)
    } else if (this.#heartbeats.isDue(subscriber, this.#nowMs)) {
      subscriber.socket.write(HEARTBEATS[subscriber.framing])
      this.#counts.heartbeats += 1
      this.#afterWrite(subscriber)
    }
  }

  /**
   * A client that missed events gets the announcement before anything else, and no id until then: should it be cut off
   * while it waits for its turn, it comes back as it was.
   */
  #hold(subscriber: Subscriber): void {
    const turnMs = this.#turns.next(this.#nowMs)
    if (turnMs === this.#nowMs) this.#announce(subscriber)
    else subscriber.heldUntilMs = turnMs
  }

  #announce(subscriber: Subscriber): void {
    const { pointers } = this.#options
    const { framing, socket } = subscriber
    subscriber.heldUntilMs = 0
    if (pointers !== undefined && pointers.size > 0) {
      socket.write(pointers.announcement(framing))
      this.#counts.announced += 1
    }
    if (subscriber.cursor < this.#log.headPosition) return
    const block = idFrame(this.#log.lastId)
    if (block !== '') socket.write(framing === 'chunked' ? encodeChunk(block) : block)
  }

  /** In good order, with the end of the body; the client comes back after the given time, or its own. */
  #end(subscriber: Subscriber, reason: EndReason, retryMs: number | undefined): void {
    const { framing, socket } = subscriber
    if (subscriber.isEnded) return
    subscriber.endReason = reason
    subscriber.lastWriteMs = this.#nowMs
    const block = retryMs === undefined ? '' : `retry: ${retryMs}\n\n`
    if (framing === 'plain') socket.end(block)
    else socket.end(block === '' ? LAST_CHUNK : Buffer.concat([encodeChunk(block), LAST_CHUNK]))
  }

  #endOfLife(): number {
    const { maxStreamMs, random } = this.#options
    return maxStreamMs === 0 ? 0 : this.#nowMs + maxStreamMs * (1 - LIFE_JITTER * random())
  }

  /** By a reset: what the kernel still holds for a reader that does not read must not stay. */
  #cutOff(subscriber: Subscriber, reason: EndReason): void {
    subscriber.endReason = reason
    subscriber.socket.resetAndDestroy()
  }

  #remove(subscriber: Subscriber): void {
    this.#counts.ended[subscriber.endReason] += 1
    this.#roster.remove(subscriber)
  }
}
