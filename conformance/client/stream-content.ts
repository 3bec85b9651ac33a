import { EventReader, type StreamItem, type WireEvent } from '../wire/sse/event-reader.ts'

const SHORT_BYTES = 128
/** Several times more than any check needs. */
const MAX_CONTENT_BYTES = 64 * 1024 * 1024

/** The content that a client has received, without transfer and content coding, as bytes and items. */
export class StreamContent {
  readonly #isOwnEvent: (event: WireEvent) => boolean
  readonly #reader = new EventReader()
  readonly #chunks: Buffer[] = []
  readonly #items: StreamItem[] = []
  readonly #events: WireEvent[] = []
  readonly #shortData = new Set<string>()
  #bytes = 0

  /** `isOwnEvent`: the target itself sent the event; `events` leaves it out. */
  constructor(isOwnEvent: (event: WireEvent) => boolean) {
    this.#isOwnEvent = isOwnEvent
  }

  get whole(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get bytes(): number {
    return this.#bytes
  }

  get items(): readonly StreamItem[] {
    return this.#items
  }

  get events(): readonly WireEvent[] {
    return this.#events
  }

  get lastEventId(): Buffer {
    return this.#reader.lastEventId
  }

  /** Whether an event with this data, at most 128 bytes of ASCII, has come. */
  hasEvent(data: string): boolean {
    return this.#shortData.has(data)
  }

  /** Throws when the content is larger than any check needs. */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > MAX_CONTENT_BYTES)
      throw new Error(`received more than ${MAX_CONTENT_BYTES} bytes of content`)
    this.#chunks.push(chunk)
    for (const item of this.#reader.push(chunk)) {
      this.#items.push(item)
      if (item.kind !== 'event' || this.#isOwnEvent(item)) continue
      this.#events.push(item)
      if (item.data.length <= SHORT_BYTES) this.#shortData.add(item.data.toString('latin1'))
    }
  }

  /** Before the next response on the same connection. Its items follow those of this one. */
  clear(): void {
    this.#chunks.length = 0
    this.#bytes = 0
  }
}
