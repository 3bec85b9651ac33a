import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import type { RequestHead } from '../http/head.ts'
import { fieldValue } from '../http/head.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import type { ConcentratorFaults, Member } from './concentrator-faults.ts'
import { EventLog, type Frame } from './event-log.ts'
import type { ConcentratorLimits } from './limits.ts'
import { isLongPoll, LongPoll } from './long-poll.ts'
import { gapFrame, Pointers } from './resync.ts'

/** A client with more unread bytes than this is disconnected. It may reconnect with its last id. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024
const MAX_LOG_BYTES = 128 * 1024 * 1024
const STALL_LOOKS = 5
const RETURN_SPREAD_MS = 5000

/** Longest silence towards clients, in milliseconds. */
export const HEARTBEAT_MS = 5000

interface Subscriber extends Member {
  readonly writer: ResponseWriter
  readonly poll: LongPoll | undefined
  silent: boolean
  /** Unread bytes at the last look, and the number of looks without progress. */
  pendingBytes: number
  stalledLooks: number
}

/** Gives each frame its id, keeps the newest, and sends each to every client. */
export class Hub {
  readonly #faults: ConcentratorFaults
  readonly #pollHoldMs: number
  readonly #log: EventLog
  readonly #pointers = new Pointers()
  readonly #subscribers = new Set<Subscriber>()
  readonly #waiting: Frame[] = []
  readonly #heartbeat: NodeJS.Timeout
  readonly #stallWatch: NodeJS.Timeout
  /** Distinguishes the ids of one run from those of the next. */
  readonly #run = Date.now().toString(36)
  #frames = 0
  #members = 0
  #delivering = false
  #beats = 0

  constructor(faults: ConcentratorFaults, { logEvents, stallMs, pollHoldMs }: ConcentratorLimits) {
    this.#faults = faults
    this.#pollHoldMs = pollHoldMs
    const { spareFrames, maxFrames = logEvents } = faults.log ?? {}
    const logLimits = {
      maxFrames: Math.min(maxFrames, logEvents),
      maxBytes: MAX_LOG_BYTES,
      spareFrames,
    }
    this.#log = new EventLog(logLimits, this.#id(0))
    this.#stallWatch = setInterval(() => this.#dropStalled(), stallMs / STALL_LOOKS)
    const heartbeatMs = faults.member?.heartbeatMs ?? HEARTBEAT_MS
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs / 2)
  }

  get size(): number {
    return this.#subscribers.size
  }

  /** True while a client has not read everything. */
  get hasUnread(): boolean {
    return [...this.#subscribers].some(({ writer }) => writer.pendingBytes > 0)
  }

  publish(bytes: Buffer, backend: number): void {
    this.#frames += 1
    const frame: Frame = { id: this.#id(this.#frames), backend, bytes }
    for (const appended of this.#faults.log?.append?.(frame, this.#frames) ?? [frame]) {
      this.#log.append(appended)
      this.#pointers.learn(appended)
      if (this.#faults.member?.slow === 'wait') this.#waiting.push(appended)
      else for (const subscriber of this.#subscribers) this.#deliver(appended, subscriber)
    }
    if (!this.#delivering) void this.#deliverWaiting()
  }

  /**
   * Replays the missed frames to a reconnecting client, then keeps it subscribed until it
   * disconnects.
   */
  async join(request: RequestHead, writer: ResponseWriter): Promise<void> {
    this.#members += 1
    const member = { nth: this.#members, request, joinedAfter: this.#frames }
    const polling = this.#faults.poll ?? {}
    const subscriber: Subscriber = {
      ...member,
      writer,
      poll: isLongPoll(request, polling)
        ? new LongPoll(writer, this.#pollHoldMs, polling)
        : undefined,
      silent: false,
      pendingBytes: 0,
      stalledLooks: 0,
    }
    const { opening } = this.#faults.member ?? {}
    if (opening !== undefined) writer.write(opening)
    const missed = this.#missed(request, subscriber.poll !== undefined)
    if (missed.length > 0) await this.#replay(subscriber, missed)
    // [protocol §5.17] A client that is disconnected before the first event still knows where to
    // resume.
    else if (this.#faults.member?.earlyId !== false && polling.withoutIds !== true)
      writer.write(Buffer.from(`id:${this.#log.newestId}\n\n`))
    const { joinsAfterMs } = this.#faults.member ?? {}
    if (joinsAfterMs !== undefined) await delay(joinsAfterMs)
    this.#subscribers.add(subscriber)
    await writer.ended
    this.#subscribers.delete(subscriber)
    if (this.#faults.member?.beats === 'until-one-leaves') clearInterval(this.#heartbeat)
  }

  /**
   * Tells every client that events may have been missed, and announces every known change log again
   * [protocol §5.9].
   */
  announceGap(): void {
    for (const { bytes } of [gapFrame('', 'outage'), ...this.#pointers.all()])
      this.publish(bytes, -1)
  }

  /** Removes every frame from the log. */
  forget(): void {
    this.#log.clear()
  }

  /** Gives ids from the first one on again. */
  countAgain(): void {
    this.#frames = 0
  }

  /** Ends every client's stream. Resolves when all have ended. */
  async endAll(): Promise<void> {
    const writers = [...this.#subscribers].map(({ writer }) => writer)
    for (const writer of writers) writer.end()
    await Promise.all(writers.map(({ ended }) => ended))
  }

  close(): void {
    clearInterval(this.#heartbeat)
    clearInterval(this.#stallWatch)
  }

  /** Frees a slot for another client. */
  endOldest(): void {
    const [oldest] = this.#subscribers
    oldest?.writer.end()
  }

  /** Disconnects every second client, as if its process had died. */
  killWorker(fault: ConcentratorFaults['workerDeath']): void {
    for (const { nth, writer } of this.#subscribers) {
      if (nth % 2 === 0 || fault === 'cuts-all') writer.cut()
    }
    if (fault === 'loses-log') this.#log.clear()
  }

  /** Sends every client a different retry, so that they do not all reconnect at once. */
  spreadReturns(allAtOnce: boolean): void {
    for (const { writer } of this.#subscribers) {
      const ms = allAtOnce ? RETURN_SPREAD_MS : 1000 + randomInt(RETURN_SPREAD_MS)
      writer.write(Buffer.from(`retry: ${ms}\n\n`))
    }
  }

  #missed(request: RequestHead, isPolling: boolean): readonly Frame[] {
    const all = this.#log.all()
    const { position } = this.#faults.poll ?? {}
    if (isPolling && position === 'forgotten') return []
    const asked = fieldValue(request, 'last-event-id') ?? idInQuery(request)
    const lastEventId = this.#faults.log?.lastEventId?.(asked, request) ?? asked
    if (lastEventId === '') return this.#faults.log?.greeting?.(all) ?? []
    const after = this.#log.after(lastEventId)
    const missed =
      isPolling && position === 'one-back' ? after && all.slice(-after.length - 1) : after
    const replayed = this.#faults.log?.replay?.(missed, all, lastEventId) ?? missed
    return replayed ?? this.#resync()
  }

  /** Sends the gap event, then announces every known change log again [protocol §5.9]. */
  #resync(): readonly Frame[] {
    const id = this.#log.newestId
    // Each has the id of the newest frame: a client that disconnects now resumes with the next one.
    const known = this.#pointers.all().map((frame) => ({ ...frame, id }))
    const right = [gapFrame(id), ...known]
    const frames = this.#faults.log?.resync?.(right) ?? right
    if (this.#faults.log?.resyncsAll === true) {
      for (const subscriber of this.#subscribers) {
        for (const frame of frames) this.#deliver(frame, subscriber)
      }
    }
    return frames
  }

  /** Writes missed frames, at once unless a harmless variant writes them in pieces. */
  async #replay(subscriber: Subscriber, missed: readonly Frame[]): Promise<void> {
    const { piece } = this.#faults.member ?? {}
    if (piece === undefined || subscriber.poll !== undefined) return this.#write(subscriber, missed)
    let left = missed
    while (left.length > 0) {
      const last = left.slice(0, piece.frames).at(-1)
      this.#write(subscriber, left.slice(0, piece.frames))
      left = left.slice(piece.frames)
      if (left.length > 0) await delay(piece.everyMs)
      // What came meanwhile follows.
      else left = this.#log.after(last?.id ?? '') ?? []
    }
  }

  #id(sequence: number): string {
    return this.#faults.log?.id?.(sequence) ?? `${this.#run}-${sequence}`
  }

  #encode(frame: Frame): Buffer {
    const { bytes } = frame
    if (this.#faults.member?.ids === false) return bytes
    const blankLine = bytes.toString('latin1', bytes.length - 2) === '\r\n' ? 2 : 1
    return encodeFrame(frame, this.#faults.member?.idLast === true ? bytes.length - blankLine : 0)
  }

  #deliver(frame: Frame, subscriber: Subscriber): void {
    if (this.#faults.member?.delivers?.(frame, subscriber) === false) return
    if (subscriber.writer.pendingBytes > MAX_PENDING_BYTES) return subscriber.writer.cut()
    if (this.#faults.member?.dropsWhenSlow === true && subscriber.writer.pendingBytes > 0) return
    subscriber.silent = false
    this.#write(subscriber, [frame])
  }

  #write({ writer, poll }: Subscriber, frames: readonly Frame[]): void {
    const withoutIds = poll !== undefined && this.#faults.poll?.withoutIds === true
    const encoded = frames.map((frame) => (withoutIds ? frame.bytes : this.#encode(frame)))
    writer.write(Buffer.concat(encoded))
    poll?.written()
  }

  // Only with the fault `slow: wait`: the next frame starts when every client has read this one.
  async #deliverWaiting(): Promise<void> {
    this.#delivering = true
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      for (const subscriber of this.#subscribers) {
        this.#deliver(frame, subscriber)
        await subscriber.writer.drained()
      }
    }
    this.#delivering = false
  }

  #dropStalled(): void {
    for (const subscriber of this.#subscribers) {
      const { pendingBytes } = subscriber.writer
      const stuck = pendingBytes > 0 && pendingBytes >= subscriber.pendingBytes
      subscriber.stalledLooks = stuck ? subscriber.stalledLooks + 1 : 0
      subscriber.pendingBytes = pendingBytes
      if (subscriber.stalledLooks > STALL_LOOKS) subscriber.writer.cut()
    }
  }

  // A client without a frame since the last tick gets a comment [sse §9.2.7].
  #beat(): void {
    if (this.#beats >= (this.#faults.member?.heartbeats ?? Infinity)) return
    for (const subscriber of this.#subscribers) {
      if (subscriber.silent) {
        subscriber.writer.write(Buffer.from(this.#faults.member?.heartbeat ?? ':\n'))
        this.#beats += 1
      }
      subscriber.silent = !subscriber.silent
      if (this.#faults.member?.beats === 'to-first-only') break
    }
  }
}

/** [protocol §5.16] For clients that cannot set the header. */
function idInQuery({ target }: RequestHead): string {
  const at = target.indexOf('?')
  return at < 0 ? '' : (new URLSearchParams(target.slice(at + 1)).get('lastEventId') ?? '')
}

/** The blank line of a frame begins at `end`. */
function encodeFrame({ id, bytes }: Frame, end: number): Buffer {
  return Buffer.concat([bytes.subarray(0, end), Buffer.from(`id: ${id}\n`), bytes.subarray(end)])
}
