import type { RequestHead } from '../http/head.ts'
import { fieldValue } from '../http/head.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import type { ConcentratorFaults, Member } from './concentrator-faults.ts'
import { EventLog, type Frame } from './event-log.ts'
import { gapFrame, Pointers } from './resync.ts'

/** A client that leaves more than this unread is dropped and may come back with its last id. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024

/** Longest silence towards clients, in milliseconds. */
export const HEARTBEAT_MS = 5000

interface Subscriber extends Member {
  readonly writer: ResponseWriter
  silent: boolean
}

/** Gives each frame its id, keeps the newest, and hands each to every client. */
export class Hub {
  readonly #faults: ConcentratorFaults
  readonly #log = new EventLog()
  readonly #pointers = new Pointers()
  readonly #subscribers = new Set<Subscriber>()
  readonly #waiting: Frame[] = []
  readonly #heartbeat: NodeJS.Timeout
  /** Makes the ids of one run differ from those of the next. */
  readonly #run = Date.now().toString(36)
  #frames = 0
  #members = 0
  #delivering = false

  constructor(faults: ConcentratorFaults) {
    this.#faults = faults
    const heartbeatMs = faults.member?.heartbeatMs ?? HEARTBEAT_MS
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs / 2)
  }

  get size(): number {
    return this.#subscribers.size
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

  /** Replays what a returning client has missed, then lets it take part until its connection is over. */
  async join(request: RequestHead, writer: ResponseWriter): Promise<void> {
    this.#members += 1
    const member = { nth: this.#members, request, joinedAfter: this.#frames }
    const subscriber: Subscriber = { ...member, writer, silent: false }
    const missed = this.#missed(request)
    if (missed.length > 0) writer.write(Buffer.concat(missed.map(encodeFrame)))
    this.#subscribers.add(subscriber)
    await writer.ended
    this.#subscribers.delete(subscriber)
  }

  /** Ends every client's stream; resolves when all are over. */
  async endAll(): Promise<void> {
    const writers = [...this.#subscribers].map(({ writer }) => writer)
    for (const writer of writers) writer.end()
    await Promise.all(writers.map(({ ended }) => ended))
  }

  close(): void {
    clearInterval(this.#heartbeat)
  }

  #missed(request: RequestHead): readonly Frame[] {
    const all = this.#log.all()
    const asked = fieldValue(request, 'last-event-id') ?? idInQuery(request)
    const lastEventId = this.#faults.log?.lastEventId?.(asked, request) ?? asked
    if (lastEventId === '') return this.#faults.log?.greeting?.(all) ?? []
    const missed = this.#log.after(lastEventId)
    const replayed = this.#faults.log?.replay?.(missed, all, lastEventId) ?? missed
    return replayed ?? this.#resync()
  }

  /** Says that there is a gap, then announces again every change log that is known [protocol §5.9]. */
  #resync(): readonly Frame[] {
    const id = this.#log.all().at(-1)?.id ?? this.#id(0)
    // Each has the id of the newest frame: whoever leaves now comes back to what is next.
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

  #id(sequence: number): string {
    return this.#faults.log?.id?.(sequence) ?? `${this.#run}-${sequence}`
  }

  #deliver(frame: Frame, subscriber: Subscriber): void {
    if (this.#faults.member?.delivers?.(frame, subscriber) === false) return
    if (subscriber.writer.pendingBytes > MAX_PENDING_BYTES) return subscriber.writer.abort()
    subscriber.silent = false
    subscriber.writer.write(encodeFrame(frame))
  }

  // Only with the fault `slow: wait`: the next frame starts when everybody has taken this one.
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

  // A client that got nothing since the last tick gets a comment [sse §9.2.7].
  #beat(): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.silent) {
        subscriber.writer.write(Buffer.from(this.#faults.member?.heartbeat ?? ':\n'))
      }
      subscriber.silent = !subscriber.silent
    }
  }
}

/** [protocol §5.16] For clients that cannot set the header. */
function idInQuery({ target }: RequestHead): string {
  const at = target.indexOf('?')
  return at < 0 ? '' : (new URLSearchParams(target.slice(at + 1)).get('lastEventId') ?? '')
}

function encodeFrame({ id, bytes }: Frame): Buffer {
  return Buffer.concat([Buffer.from(`id: ${id}\n`), bytes])
}
