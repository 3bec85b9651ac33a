import { Socket } from 'node:net'

import type { StoreClock } from '../clock/store-clock.ts'
import type { ClockTimer } from '../clock/timer-queue.ts'

/** Queued bytes above which a writer is asked to wait for `drain`. */
const HIGH_WATER_BYTES = 65_536

export type WireClock = Pick<StoreClock, 'passedMs' | 'setTimeout' | 'clear'>

/** How bytes are cut into pieces, and how long to wait after each. */
export interface Pace {
  /** How many of these bytes leave as one piece: 1 at least. */
  pieceLength(bytes: Buffer): number
  /** How long to wait after a piece of this length. */
  waitMs(sentBytes: number, passedMs: number): number
}

type Queued =
  | { readonly bytes: Buffer; readonly done: (() => void) | undefined }
  | { readonly dueMs: number }

interface Mark {
  leftBytes: number
  readonly act: () => void
}

const wires = new WeakMap<Socket, Wire>()
const WAITING = 'writableLength'

/**
 * What leaves one connection, while something holds it, paces it or counts it. It takes the place
 * of the socket's `write` as long as that lasts: a connection without faults has no wire.
 */
export class Wire {
  readonly #socket: Socket
  readonly #clock: WireClock
  readonly #holds = new Set<object>()
  readonly #marks: Mark[] = []
  #queue: Queued[] = []
  #queuedBytes = 0
  #needsDrain = false
  #pace: Pace | undefined
  #timer: ClockTimer | undefined
  #isPumping = false

  static of(socket: Socket, clock: WireClock): Wire {
    const known = wires.get(socket)
    if (known !== undefined) return known
    const wire = new Wire(socket, clock)
    wires.set(socket, wire)
    return wire
  }

  private constructor(socket: Socket, clock: WireClock) {
    this.#socket = socket
    this.#clock = clock
    Object.defineProperties(socket, {
      write: { configurable: true, writable: true, value: this.#write },
      [WAITING]: {
        configurable: true,
        get: () => this.#queuedBytes + unsentBytes(socket),
      },
    })
    socket.once('close', this.#close)
  }

  /** Lets nothing leave until the returned function is called. */
  hold(): () => void {
    const hold = {}
    this.#holds.add(hold)
    return () => {
      this.#holds.delete(hold)
      this.#pump()
    }
  }

  /**
   * What is written from now on leaves after `ms` at the earliest, in order. Returns a function
   * that ends the delay.
   */
  delay(ms: number): () => void {
    const delay = { dueMs: this.#clock.passedMs + ms }
    this.#queue.push(delay)
    this.#pump()
    return () => {
      this.#queue = this.#queue.filter((queued) => queued !== delay)
      this.#wake()
    }
  }

  /** Replaces the pace. Returns a function that ends it. */
  pace(pace: Pace): () => void {
    this.#pace = pace
    return () => {
      if (this.#pace !== pace) return
      this.#pace = undefined
      this.#wake()
    }
  }

  /**
   * Calls `act` once so many bytes have left after those that are queued; at once for 0 when none
   * are. Nothing leaves between the last of them and the call. Returns a function that takes it
   * back.
   */
  after(bytes: number, act: () => void): () => void {
    const mark = { leftBytes: this.#queuedBytes + bytes, act }
    this.#marks.push(mark)
    this.#pump()
    return () => {
      const index = this.#marks.indexOf(mark)
      if (index !== -1) this.#marks.splice(index, 1)
      this.#pump()
    }
  }

  /** In place of the socket's method, with its parameters. */
  readonly #write = (
    data: string | Uint8Array,
    encoding?: BufferEncoding | (() => void),
    done?: () => void,
  ): boolean => {
    const [charset, whenDone] =
      typeof encoding === 'function' ? [undefined, encoding] : [encoding, done]
    const bytes =
      typeof data === 'string'
        ? Buffer.from(data, charset)
        : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    this.#queue.push({ bytes, done: whenDone })
    this.#queuedBytes += bytes.length
    this.#pump()
    this.#needsDrain ||= this.#queuedBytes > HIGH_WATER_BYTES
    return !this.#needsDrain
  }

  /** Acts may hold the wire, write to it or destroy the socket. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#timer === undefined && this.#holds.size === 0 && this.#step());
    this.#isPumping = false
    if (this.#queuedBytes === 0 && this.#needsDrain) {
      this.#needsDrain = false
      this.#socket.emit('drain')
    }
    this.#leaveIfIdle()
  }

  /** False when there is nothing to do. */
  #step(): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) {
      this.#close()
      return false
    }
    const due = this.#marks.findIndex(({ leftBytes }) => leftBytes <= 0)
    if (due !== -1) {
      const [mark] = this.#marks.splice(due, 1)
      this.#flush()
      mark?.act()
      return true
    }
    const [first] = this.#queue
    if (first === undefined) return false
    if ('bytes' in first) this.#send(first)
    else if (first.dueMs <= this.#clock.passedMs) this.#queue.shift()
    else this.#waitFor(first.dueMs - this.#clock.passedMs)
    return true
  }

  #send({
    bytes,
    done,
  }: {
    readonly bytes: Buffer
    readonly done: (() => void) | undefined
  }): void {
    const untilMark = Math.min(...this.#marks.map(({ leftBytes }) => leftBytes))
    const atOnce = this.#pace?.pieceLength(bytes) ?? bytes.length
    const length = Math.min(bytes.length, atOnce, untilMark)
    const rest = bytes.subarray(length)
    if (rest.length > 0) this.#queue[0] = { bytes: rest, done }
    else this.#queue.shift()
    this.#queuedBytes -= length
    for (const mark of this.#marks) mark.leftBytes -= length
    writeTo(this.#socket, bytes.subarray(0, length), rest.length > 0 ? undefined : done)
    if (length > 0) this.#waitFor(this.#pace?.waitMs(length, this.#clock.passedMs) ?? 0)
  }

  /** The server collects what it writes in one turn; a reset would lose it. */
  #flush(): void {
    for (let corks = this.#socket.writableCorked; corks > 0; corks -= 1) this.#socket.uncork()
  }

  #waitFor(ms: number): void {
    if (ms > 0) this.#timer = this.#clock.setTimeout(() => this.#wake(), ms)
  }

  #wake(): void {
    this.#clock.clear(this.#timer)
    this.#timer = undefined
    this.#pump()
  }

  #leaveIfIdle(): void {
    const isNeeded =
      this.#pace !== undefined ||
      this.#holds.size > 0 ||
      this.#marks.length > 0 ||
      this.#queue.length > 0
    if (!isNeeded) this.#leave()
  }

  readonly #close = (): void => {
    this.#queue = []
    this.#queuedBytes = 0
    this.#marks.length = 0
    this.#pace = undefined
    this.#holds.clear()
    this.#leave()
  }

  /** Gives the socket its own methods back. A wire that is asked for later is another one. */
  #leave(): void {
    this.#clock.clear(this.#timer)
    this.#timer = undefined
    if (wires.get(this.#socket) !== this) return
    wires.delete(this.#socket)
    this.#socket.removeListener('close', this.#close)
    Reflect.deleteProperty(this.#socket, 'write')
    Reflect.deleteProperty(this.#socket, WAITING)
  }
}

/** As the method of its class does. */
function writeTo(socket: Socket, bytes: Buffer, done: (() => void) | undefined): void {
  const write: unknown = Reflect.get(Socket.prototype, 'write')
  if (typeof write === 'function') Reflect.apply(write, socket, [bytes, done])
}

function unsentBytes(socket: Socket): number {
  return Reflect.get(Socket.prototype, WAITING, socket)
}
