import type { RawClient } from '../client/raw-client.ts'
import type { OriginExchange } from '../origin/origin-exchange.ts'
import { EventReader, type WireEvent } from '../wire/sse/event-reader.ts'
import { firstByteDifference, firstDifference, show } from './finding/compare-events.ts'
import type { Role } from '../runner/target.ts'
import { CHANGE_LOGS } from './change-logs.ts'
import type { Assertions } from './assertions.ts'
import { randomToken } from './random-token.ts'

/** How long a target may take to forward bytes that are not compared yet. */
const PACE_MS = 250
const BATCH = 16
/** How often the first event is written, each time on a new connection of the target. */
const MARKERS = 5
/** Other checks ignore this event: the target may send it again later. */
const FOLLOW_UP = `${CHANGE_LOGS}follow-up-`

/**
 * A client and its upstream connection. A client of a concentrator may first get earlier events, so
 * the comparison starts after a marker. A gateway must forward every byte.
 */
export class Stream {
  readonly client: RawClient
  #upstream: OriginExchange
  readonly #assertions: Assertions
  readonly #role: Role
  readonly #sent = new EventReader()
  #written: Buffer[] = []
  #writtenBytes = 0
  /** Written since everything had arrived. */
  #pendingBytes = 0
  #expected: WireEvent[] = []
  /** Number of expected events that have been compared. */
  #compared = 0
  #firstEvent: number
  #firstByte: number

  constructor(assertions: Assertions, role: Role, client: RawClient, upstream: OriginExchange) {
    this.#assertions = assertions
    this.#role = role
    this.client = client
    this.#upstream = upstream
    this.#firstEvent = client.events.length
    this.#firstByte = client.contentBytes
  }

  /** The target's stream at the back end. */
  get upstream(): OriginExchange {
    return this.#upstream
  }

  /** Events since the stream was ready. */
  get received(): readonly WireEvent[] {
    return this.client.events.slice(this.#firstEvent)
  }

  /** Writes without waiting. */
  write(frame: Buffer | string): void {
    const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame)
    this.#written.push(bytes)
    this.#writtenBytes += bytes.length
    this.#pendingBytes += bytes.length
    this.#expected.push(...this.#sent.push(bytes).filter((item) => item.kind === 'event'))
    this.upstream.write(bytes)
  }

  /**
   * Writes a marker and waits until the client has it. From then on it is subscribed, and its
   * events can be compared. A target that was just replacing its connection to the back end,
   * because our head was late for example, gets the marker on its new one, which `renewed` waits
   * for. A text instead is what we answered: a target that ends its connection because of it gets
   * no other one. `isHasty`: its timeouts are so short that a busy machine is too late for them.
   */
  async synchronise(
    renewed: (() => Promise<OriginExchange>) | string,
    isHasty = false,
  ): Promise<void> {
    const marker = `start-${randomToken()}`
    const startMs = performance.now()
    const isOver = (): boolean => this.client.hasEvent(marker) || this.client.closed
    for (let written = 1; ; written += 1) {
      this.upstream.write(`data: ${marker}\n\n`)
      await this.#assertions.eventually(() => isOver() || this.upstream.closed)
      const isFinal = typeof renewed === 'string'
      if (!isOver() && (!this.upstream.closed || isFinal)) await this.#assertions.letTargetRun()
      if (isOver()) break
      if (!this.upstream.closed) this.#neverCame(startMs)
      if (typeof renewed === 'string') this.#refused(renewed)
      if (written === MARKERS) this.#replaced(isHasty)
      this.#upstream = await renewed()
    }
    if (!this.client.hasEvent(marker)) this.#ended('before the first event could reach it')
    this.#firstEvent =
      this.client.events.findIndex((event) => event.data.equals(Buffer.from(marker))) + 1
    this.#firstByte = this.client.contentBytes
  }

  /** Lockstep: writes a frame and waits until the client has received all of it. */
  async arrives(frame: Buffer | string): Promise<void> {
    this.write(frame)
    const progress = (): number => this.client.contentBytes
    const hasAll = (): boolean => this.#hasAll()
    if (!(await this.#assertions.eventuallyWhileReceiving(progress, hasAll, this.#patienceMs)))
      await this.#tellLateFromLost(Buffer.isBuffer(frame) ? frame : Buffer.from(frame))
    this.#pendingBytes = 0
    this.#compareEvents()
  }

  /**
   * Writes one of many frames. Waits for the client at every sixteenth, or as `every` says, so that
   * the queue stays short.
   */
  async inBatches(index: number, frame: string, every = BATCH): Promise<void> {
    if (index % every === every - 1) await this.arrives(frame)
    else this.write(frame)
  }

  /**
   * Writes and gives the target time to forward the bytes. Asserts nothing. Separates these bytes
   * from the next ones.
   */
  async writeAndYield(frame: Buffer | string): Promise<void> {
    this.write(frame)
    await this.#assertions.eventually(() => this.#hasAll(), PACE_MS)
  }

  /**
   * Writes these bytes, waits until the client has everything, and compares: events for a
   * concentrator, bytes for a gateway. `decodes`: events are compared as the text that a client
   * decodes.
   */
  async delivers(bytes: Buffer | string, decodes = false): Promise<void> {
    this.write(bytes)
    if (this.#role === 'gateway') {
      this.upstream.end()
      await this.ends()
      this.compareBytes()
      return
    }
    await this.expectNothingElse(decodes)
    this.#compareEvents()
  }

  /**
   * Waits until the client has all events. Fails when anything else arrives before a later marker.
   */
  async expectNothingElse(decodes = false): Promise<void> {
    const marker = `end-${randomToken()}`
    this.upstream.write(`data: ${marker}\n\n`)
    const hasArrived = (): boolean => this.client.hasEvent(marker)
    const arrived = await this.#assertions.eventuallyWhileReceiving(
      () => this.client.contentBytes,
      hasArrived,
      this.#patienceMs,
    )
    this.#pendingBytes = 0
    if (!arrived) await this.#assertions.letTargetRun()
    if (!hasArrived()) {
      const difference = firstDifference(this.#expected, this.received)
      if (this.#hasEnded()) this.#ended(difference ?? 'before the last event could reach it')
      this.#assertions.fail(
        `the last written event did not reach the client; ${difference ?? 'all others did'}`,
        'lost-event',
      )
    }
    const end = this.client.events.findLastIndex(({ data }) => data.toString() === marker)
    const came = this.client.events.slice(this.#firstEvent, end)
    const difference = firstDifference(
      decodes ? this.#expected.map(decoded) : this.#expected,
      decodes ? came.map(decoded) : came,
    )
    // The marker came after them on one connection: what is missing is lost, not late.
    if (difference !== undefined) this.#assertions.fail(difference, 'altered')
    this.#firstEvent = end + 1
    this.#expected = []
    this.#compared = 0
  }

  /** Waits for the end of the client's response. */
  async ends(): Promise<void> {
    const ended = await this.#assertions.eventuallyWhileReceiving(
      () => this.client.contentBytes,
      () => this.client.state === 'complete' || this.client.state === 'cut' || this.client.closed,
      this.#patienceMs,
    )
    if (!ended)
      this.#assertions.fail('the client did not see the end of the stream', 'end-not-told')
  }

  /** Compares received and written content byte for byte. */
  compareBytes(): void {
    const came = this.client.content.subarray(this.#firstByte)
    const written = Buffer.concat(this.#written)
    const difference = firstByteDifference(written, came)
    if (difference === undefined) return
    const isPart = written.subarray(0, came.length).equals(came)
    this.#assertions.fail(difference, isPart ? undefined : 'altered')
  }

  /**
   * Fails with what happened to a frame that did not come in time, unless the target only got no
   * processor time. More bytes distinguish a buffer from a loss.
   */
  async #tellLateFromLost(frame: Buffer): Promise<void> {
    await this.#assertions.letTargetRun()
    if (this.#hasAll()) return
    const missing = `${show(frame)} had not reached the client ${Math.round(this.#patienceMs)} ms after it was written`
    if (this.#hasEnded()) this.#ended(`before ${show(frame)} could reach it`)
    const before = this.client.contentBytes
    for (const [what, padding] of [
      ['the next event was written', 200],
      ['64 KiB more were written', 64 * 1024],
    ] as const) {
      this.upstream.write(`data: ${FOLLOW_UP}${'x'.repeat(padding)}\n\n`)
      if (
        await this.#assertions.eventually(() => this.#hasCome(frame), this.#assertions.holdMs / 4)
      ) {
        this.#assertions.fail(
          `${missing}; it came only after ${what}: the target holds events back`,
          'late-event',
        )
      }
    }
    const others = this.client.contentBytes > before
    this.#assertions.fail(
      others
        ? `${missing}, and never came, although later events did: the target loses it`
        : `${missing}, nor after 64 KiB more were written: the target loses it or holds it until the stream ends`,
      'lost-event',
    )
  }

  /** How long the client may get nothing. */
  get #patienceMs(): number {
    return this.#assertions.holdMsFor(this.#pendingBytes)
  }

  /** Fails because the target keeps its connection, and has forwarded no event of it. */
  #neverCame(startMs: number): never {
    const waitedMs = Math.round(performance.now() - startMs)
    this.#assertions.fail(
      `an event written after the client had its response head did not reach it (waited ${waitedMs} ms)`,
      'lost-event',
    )
  }

  /** Fails because the target has closed its connection after what the back end answered. */
  #refused(answer: string): never {
    this.#assertions.fail(
      `the target closed its connection to a back end that answered with ${answer}, and forwarded no event of it`,
      'lost-event',
    )
  }

  /** Fails because the target has closed each connection on which the marker was written. */
  #replaced(isHasty: boolean): never {
    const what = `the target closed ${MARKERS} connections to the back end in a row, and no event that was written on them reached the client`
    if (isHasty)
      this.#assertions.inconclusive(`${what}: this machine may be too busy for its timeouts`)
    this.#assertions.fail(what, 'lost-event')
  }

  #hasEnded(): boolean {
    return this.client.closed || this.client.ending !== undefined
  }

  /** Fails because the response has ended, and says what was missing then. */
  #ended(missing: string): never {
    const ending = this.client.ending ?? 'the connection is closed'
    this.#assertions.fail(`${ending}, ${missing}`, 'stream-ended')
  }

  /** Whether a frame has come, by its own data: later events may be there already. */
  #hasCome(frame: Buffer): boolean {
    const last = this.#expected.slice(this.#compared).at(-1)
    if (last === undefined) return this.client.content.subarray(this.#firstByte).includes(frame)
    return this.received.slice(this.#compared).some(({ data }) => data.equals(last.data))
  }

  #hasAll(): boolean {
    if (this.client.events.length - this.#firstEvent < this.#expected.length) return false
    if (this.#role === 'concentrator') return true
    return this.client.contentBytes - this.#firstByte >= this.#writtenBytes
  }

  #compareEvents(): void {
    const from = this.#compared
    const difference = firstDifference(this.#expected.slice(from), this.received.slice(from))
    this.#compared = this.#expected.length
    if (difference !== undefined) this.#assertions.fail(difference, 'altered')
  }
}

/** [sse §9.2.5] Malformed UTF-8 becomes U+FFFD. */
function decoded(event: WireEvent): WireEvent {
  return { ...event, data: Buffer.from(event.data.toString('utf8')) }
}
