import type { RawClient } from '../client/raw-client.ts'
import type { OriginExchange } from '../origin/origin-exchange.ts'
import { EventReader, type WireEvent } from '../wire/sse/event-reader.ts'
import { firstByteDifference, firstDifference, show } from './compare-events.ts'
import type { Role } from '../runner/target.ts'
import type { Assertions } from './assertions.ts'
import { randomToken } from './random-token.ts'

/** How long a target has to forward what is not compared yet. */
const PACE_MS = 250
const BATCH = 16

/**
 * A client and the upstream connection that feeds it. A concentrator may put events of its own time between the
 * two, so there the comparison begins after a marker; a gateway must pass every byte.
 */
export class Stream {
  readonly client: RawClient
  readonly upstream: OriginExchange
  readonly #assertions: Assertions
  readonly #role: Role
  readonly #sent = new EventReader()
  #written: Buffer[] = []
  #writtenBytes = 0
  #expected: WireEvent[] = []
  /** How many of the expected events have been compared. */
  #compared = 0
  #firstEvent: number
  #firstByte: number

  constructor(assertions: Assertions, role: Role, client: RawClient, upstream: OriginExchange) {
    this.#assertions = assertions
    this.#role = role
    this.client = client
    this.upstream = upstream
    this.#firstEvent = client.events.length
    this.#firstByte = client.contentBytes
  }

  /** Events that came since the stream was ready. */
  get received(): readonly WireEvent[] {
    return this.client.events.slice(this.#firstEvent)
  }

  /** Writes without waiting. */
  write(frame: Buffer | string): void {
    const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame)
    this.#written.push(bytes)
    this.#writtenBytes += bytes.length
    this.#expected.push(...this.#sent.push(bytes).filter((item) => item.kind === 'event'))
    this.upstream.write(bytes)
  }

  /** Writes a marker until the client has one: from there on it is a subscriber whose events can be compared. */
  async synchronise(): Promise<void> {
    const marker = `start-${randomToken()}`
    this.upstream.write(`data: ${marker}\n\n`)
    await this.#assertions.requireEventually(
      () => this.client.hasEvent(marker),
      'an event written after the client had its response head did not reach it',
    )
    this.#firstEvent =
      this.client.events.findIndex((event) => event.data.equals(Buffer.from(marker))) + 1
    this.#firstByte = this.client.contentBytes
  }

  /** Lockstep: writes a frame and waits until the client has all of it, before anything else is written. */
  async arrives(frame: Buffer | string): Promise<void> {
    this.write(frame)
    const progress = (): number => this.client.contentBytes
    if (await this.#assertions.eventuallyWhileGrowing(progress, () => this.#hasAll())) {
      this.#compareEvents()
      return
    }
    const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame)
    const count = this.#expected.length
    const missing = `${show(bytes)} had not reached the client ${this.#assertions.holdMs} ms after it was written`
    if (this.client.closed)
      this.#assertions.fail(`${missing}; the target has closed the connection`)
    // What follows tells a buffer from a loss.
    this.upstream.write(`data: ${'follow-up '.repeat(20)}\n\n`)
    const late = await this.#assertions.eventually(
      () => this.received.length >= Math.max(1, count),
      this.#assertions.holdMs / 4,
    )
    this.#assertions.fail(
      late
        ? `${missing}; it came only after the next event was written: the target holds events back`
        : `${missing}, nor after the next event was written: the target buffers or loses it`,
    )
  }

  /** Writes one of many; waits for the client at every sixteenth, so that nothing piles up. */
  async inBatches(index: number, frame: string): Promise<void> {
    if (index % BATCH === BATCH - 1) await this.arrives(frame)
    else this.write(frame)
  }

  /** Writes, and gives the target time to forward it; asserts nothing. Separates what is written from what follows. */
  async writeAndYield(frame: Buffer | string): Promise<void> {
    this.write(frame)
    await this.#assertions.eventually(() => this.#hasAll(), PACE_MS)
  }

  /** Writes these bytes, makes sure the client got everything, and compares: events at a concentrator, else bytes. */
  async delivers(bytes: Buffer | string): Promise<void> {
    this.write(bytes)
    if (this.#role === 'gateway') {
      this.upstream.end()
      await this.ends()
      this.compareBytes()
      return
    }
    await this.expectNothingElse()
    this.#compareEvents()
  }

  /** Waits until the client has all events and fails when anything else came before a later marker. */
  async expectNothingElse(): Promise<void> {
    const marker = `end-${randomToken()}`
    this.upstream.write(`data: ${marker}\n\n`)
    const arrived = await this.#assertions.eventuallyWhileGrowing(
      () => this.client.contentBytes,
      () => this.client.hasEvent(marker),
    )
    if (!arrived) {
      const difference = firstDifference(this.#expected, this.received)
      this.#assertions.fail(
        `the event that was written last did not reach the client; ${difference ?? 'all others did'}`,
      )
    }
    const end = this.client.events.findLastIndex(({ data }) => data.toString() === marker)
    const came = this.client.events.slice(this.#firstEvent, end)
    const difference = firstDifference(this.#expected, came)
    if (difference !== undefined) this.#assertions.fail(difference)
    this.#firstEvent = end + 1
    this.#expected = []
    this.#compared = 0
  }

  /** Waits for the end of the client's response. */
  async ends(): Promise<void> {
    const ended = await this.#assertions.eventuallyWhileGrowing(
      () => this.client.contentBytes,
      () => this.client.state === 'complete' || this.client.state === 'cut' || this.client.closed,
    )
    if (!ended) this.#assertions.fail('the client did not see the end of the stream')
  }

  /** Compares the content that came with everything that was written, byte for byte. */
  compareBytes(): void {
    const came = this.client.content.subarray(this.#firstByte)
    const difference = firstByteDifference(Buffer.concat(this.#written), came)
    if (difference !== undefined) this.#assertions.fail(difference)
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
    if (difference !== undefined) this.#assertions.fail(difference)
  }
}
