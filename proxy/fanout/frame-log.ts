import type { ReplaySettings } from '../config/settings.ts'
import { chunkOverheadBytes } from '../sse/chunk.ts'
import type { OutgoingFrame } from '../sse/frame.ts'
import type { EventIds } from './event-ids.ts'
import { type LogSlice, NO_PAGE, NO_SLICE, type Page, PageSlice } from './log-page.ts'

/** The size of the log. The oldest frames are evicted first. */
export type LogLimits = Pick<ReplaySettings, 'maxFrames' | 'maxBytes' | 'maxAgeMs'>

export interface FrameLogOptions {
  readonly limits: LogLimits
  readonly ids: EventIds
  /** Number of the first frame of a log that copies another one; default 1. */
  readonly firstNumber?: number | undefined
}

/**
 * Where an id is in the log: the frames after it are in the log, or have been evicted, or the id is
 * unknown.
 */
export type LogPlace =
  | { readonly kind: 'found'; readonly position: number }
  | { readonly kind: 'evicted' }
  | { readonly kind: 'unknown' }

const PAGE_BYTES = 262_144
const EVICTED: LogPlace = { kind: 'evicted' }
const UNKNOWN: LogPlace = { kind: 'unknown' }

/**
 * The last frames of all back ends, in the order in which clients get them, as bytes on the wire. Each frame is encoded
 * once, as one chunk with its id, into pages that are only ever appended to. Clients are sent views into a page, so neither
 * a replay nor a slow reader needs memory of its own. Readers subscribe to appends: see `onAppend`.
 *
 *     page 7                              page 8
 *     |1c..id: x-41..|2f..id: x-42..|     |1c..id: x-43..|              |
 *     ^ tail                 ^ a cursor                  ^ head
 *
 * A position counts bytes since the start of the process. A cursor is the position of the next frame to send.
 */
export class FrameLog {
  readonly #limits: LogLimits
  readonly #ids: EventIds
  readonly #pageBytes: number
  readonly #pages: Page[] = []
  #headPosition = 0
  #tailPosition = 0
  /** Number of the next frame, and of the oldest one held. Numbers start at 1. */
  #nextNumber: number
  #tailNumber: number
  #lastSlice: LogSlice & { readonly position: number } = NO_SLICE
  readonly #listeners: (() => void)[] = []

  constructor(options: FrameLogOptions) {
    this.#limits = options.limits
    this.#ids = options.ids
    this.#nextNumber = options.firstNumber ?? 1
    this.#tailNumber = this.#nextNumber
    this.#pageBytes = Math.min(PAGE_BYTES, options.limits.maxBytes)
  }

  /** Position of the next frame. */
  get headPosition(): number {
    return this.#headPosition
  }

  /** Position of the oldest frame. */
  get tailPosition(): number {
    return this.#tailPosition
  }

  /** Number of the oldest frame. */
  get tailNumber(): number {
    return this.#tailNumber
  }

  get frames(): number {
    return this.#nextNumber - this.#tailNumber
  }

  get bytes(): number {
    return this.#headPosition - this.#tailPosition
  }

  /** The last event id of a client that has all frames; undefined when events have no ids. */
  get lastId(): string | undefined {
    return this.#ids.idAt(this.#nextNumber - 1)
  }

  /** Calls the listener after each frame that is appended, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.push(listener)
    return () => {
      const index = this.#listeners.indexOf(listener)
      if (index !== -1) this.#listeners.splice(index, 1)
    }
  }

  /** Copies the frame in, under the next number. */
  append(frame: OutgoingFrame, nowMs: number): void {
    const idLine = this.#ids.lineFor(this.#nextNumber)
    const payloadBytes = idLine.length + frame.bytes.length
    const page = this.#startFrame(payloadBytes + chunkOverheadBytes(payloadBytes), nowMs)
    let at = page.usedBytes
    at += page.bytes.write(`${payloadBytes.toString(16)}\r\n${idLine}`, at, 'latin1')
    at += frame.bytes.copy(page.bytes, at)
    at += page.bytes.write('\r\n', at, 'latin1')
    this.#endFrame(page, at, frame, nowMs)
  }

  /**
   * Makes an empty log begin where another one does. `lastId` = the id of the frame before, if that
   * is known.
   */
  beginAt(number: number, position: number, lastId: string | undefined): void {
    this.#nextNumber = number
    this.#tailNumber = number
    this.#headPosition = position
    this.#tailPosition = position
    if (lastId !== undefined) this.#ids.note(number - 1, lastId)
  }

  /** Copies a chunk in that another log has encoded under the same number. */
  appendChunk(chunk: Buffer, facts: Omit<OutgoingFrame, 'bytes'>, nowMs: number): void {
    const page = this.#startFrame(chunk.length, nowMs)
    chunk.copy(page.bytes, page.usedBytes)
    this.#endFrame(page, page.usedBytes + chunk.length, facts, nowMs)
  }

  /**
   * Evicts frames that exceed the limits. The newest frame stays unless it is too old. The hub
   * calls this after a pass: a burst larger than the log must not evict frames that fast readers
   * are about to get.
   */
  trim(nowMs: number): void {
    while (this.#dropOldest(nowMs)) this.#ids.forgetBelow(this.#tailNumber)
  }

  /** Evicts the oldest frame if it exceeds a limit. Returns whether it did. */
  #dropOldest(nowMs: number): boolean {
    const page = this.#pages[0]
    if (page === undefined || this.frames === 0) return false
    const index = this.#tailNumber - page.firstNumber
    const isTooOld = nowMs - (page.timesMs[index] ?? 0) > this.#limits.maxAgeMs
    const isTooMuch =
      this.frames > 1 &&
      (this.frames > this.#limits.maxFrames || this.bytes > this.#limits.maxBytes)
    if (!isTooOld && !isTooMuch) return false
    this.#tailNumber += 1
    this.#tailPosition = page.position + (page.starts[index + 1] ?? page.usedBytes)
    if (index + 1 === page.starts.length && this.#pages.length > 1) this.#pages.shift()
    return true
  }

  /**
   * The frames from this position to the end of its page. The position is between tail and head.
   */
  read(position: number): LogSlice {
    const known = this.#lastSlice
    if (known.position === position && known.nextPosition === this.#endAfter(position)) return known
    const page = this.#pageAt(position)
    const start = position - page.position
    const end = page.usedBytes
    this.#lastSlice = new PageSlice(position, page, start, end)
    return this.#lastSlice
  }

  /** Position of the first frame after this id [protocol §5.8]. */
  locate(id: string): LogPlace {
    const number = this.#ids.numberOf(id)
    if (number === undefined || number >= this.#nextNumber) return UNKNOWN
    const next = number + 1
    if (next < this.#tailNumber) return EVICTED
    if (next === this.#nextNumber) return { kind: 'found', position: this.#headPosition }
    const page = this.#pages.findLast(({ firstNumber }) => firstNumber <= next) ?? NO_PAGE
    const start = page.starts[next - page.firstNumber] ?? 0
    return { kind: 'found', position: page.position + start }
  }

  #startFrame(codedBytes: number, nowMs: number): Page {
    const page = this.#pageWithRoom(codedBytes)
    page.starts.push(page.usedBytes)
    page.timesMs.push(nowMs)
    return page
  }

  #endFrame(
    page: Page,
    end: number,
    { id, url }: Omit<OutgoingFrame, 'bytes'>,
    nowMs: number,
  ): void {
    this.#headPosition += end - page.usedBytes
    page.usedBytes = end
    page.ids.push(id)
    page.urls.push(url)
    this.#ids.note(this.#nextNumber, id)
    this.#nextNumber += 1
    // Between two trims the log may grow to twice its size: see `trim`.
    if (this.bytes > 2 * this.#limits.maxBytes) this.trim(nowMs)
    for (const listener of this.#listeners) listener()
  }

  #endAfter(position: number): number {
    const page = this.#pageAt(position)
    return page.position + page.usedBytes
  }

  #pageWithRoom(bytes: number): Page {
    const last = this.#pages.at(-1)
    if (last !== undefined && last.bytes.length - last.usedBytes >= bytes) return last
    const page: Page = {
      bytes: Buffer.allocUnsafeSlow(Math.max(this.#pageBytes, bytes)),
      usedBytes: 0,
      position: this.#headPosition,
      firstNumber: this.#nextNumber,
      starts: [],
      timesMs: [],
      ids: [],
      urls: [],
    }
    // A page without frames is dropped here and not in `trim`, so that there is always a page to
    // append to.
    if (this.frames === 0) this.#pages.length = 0
    this.#pages.push(page)
    return page
  }

  #pageAt(position: number): Page {
    const page = this.#pages.findLast((candidate) => candidate.position <= position)
    return page ?? NO_PAGE
  }
}
