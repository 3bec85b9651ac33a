const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a
const EMPTY = Buffer.alloc(0)
const NEWLINE = Buffer.from('\n')
const BOM = Buffer.from('\uFEFF')
const MESSAGE = Buffer.from('message')

/** An unknown field, as its bytes. */
export interface OtherField {
  readonly name: Buffer
  readonly value: Buffer
}

/** An event as bytes: nothing is decoded, so that malformed UTF-8 can be compared. */
export interface WireEvent {
  readonly kind: 'event'
  readonly type: Buffer
  readonly data: Buffer
  /** The reader's last event id when the event was dispatched. */
  readonly lastEventId: Buffer
  readonly otherFields: readonly OtherField[]
}

/** One item of a stream: an event, a comment or a reconnection time. */
export type StreamItem =
  | WireEvent
  | { readonly kind: 'comment'; readonly text: Buffer }
  | { readonly kind: 'retry'; readonly ms: number }

/**
 * Strict incremental reader of event streams [sse §9.2.6]: bytes in, items out, in the order of
 * their last byte. A line is complete at its CR; a following LF is skipped even when it arrives in
 * a later chunk.
 */
export class EventReader {
  #parts: Buffer[] = []
  #offset = 0
  #blockEnd = 0
  #firstLine = true
  #swallowLf = false
  #lineWasBlank = false
  #type = EMPTY
  #data: Buffer[] = []
  #other: OtherField[] = []
  #idBuffer = EMPTY
  #lastEventId = EMPTY
  #retryMs: number | undefined

  /** The id that a client would send when it reconnects; empty: none. */
  get lastEventId(): Buffer {
    return this.#lastEventId
  }

  get retryMs(): number | undefined {
    return this.#retryMs
  }

  /** Number of bytes since the last blank line, which an end of the stream cuts off. */
  get unfinishedBytes(): number {
    return this.#offset - this.#blockEnd
  }

  push(chunk: Buffer): readonly StreamItem[] {
    const items: StreamItem[] = []
    let start = 0
    if (this.#swallowLf && chunk.length > 0) {
      // [sse §9.2.6] CRLF is one line end, even when a chunk ends between the two.
      if (chunk[0] === LF) start = 1
      if (start === 1 && this.#lineWasBlank) this.#blockEnd = this.#offset + start
      this.#swallowLf = false
    }
    let lf = chunk.indexOf(LF, start)
    let cr = chunk.indexOf(CR, start)
    while (lf !== -1 || cr !== -1) {
      const at = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr
      this.#parts.push(chunk.subarray(start, at))
      start = at === cr && lf === cr + 1 ? at + 2 : at + 1
      this.#swallowLf = at === cr && start === chunk.length && lf !== cr + 1
      const line = this.#parts.length === 1 ? (this.#parts[0] ?? EMPTY) : Buffer.concat(this.#parts)
      this.#parts = []
      this.#readLine(line, this.#offset + start, items)
      if (lf !== -1 && lf < start) lf = chunk.indexOf(LF, start)
      if (cr !== -1 && cr < start) cr = chunk.indexOf(CR, start)
    }
    if (start < chunk.length) this.#parts.push(Buffer.from(chunk.subarray(start)))
    this.#offset += chunk.length
    return items
  }

  #readLine(rawLine: Buffer, end: number, items: StreamItem[]): void {
    // [sse §9.2.5] One byte order mark at the start of the stream is not part of it.
    const line =
      this.#firstLine && rawLine.subarray(0, 3).equals(BOM) ? rawLine.subarray(3) : rawLine
    this.#firstLine = false
    this.#lineWasBlank = line.length === 0
    if (this.#lineWasBlank) {
      this.#blockEnd = end
      this.#dispatch(items)
      return
    }
    const colon = line.indexOf(COLON)
    if (colon === 0) {
      items.push({ kind: 'comment', text: Buffer.from(line.subarray(1)) })
      return
    }
    if (colon === -1) {
      this.#readField(line, EMPTY, items)
      return
    }
    // [sse §9.2.6] One space after the colon is dropped; a tab or a second space is kept.
    const valueStart = line[colon + 1] === SPACE ? colon + 2 : colon + 1
    this.#readField(line.subarray(0, colon), line.subarray(valueStart), items)
  }

  #readField(name: Buffer, value: Buffer, items: StreamItem[]): void {
    switch (name.toString('latin1')) {
      case 'data':
        this.#data.push(Buffer.from(value), NEWLINE)
        return
      case 'event':
        this.#type = Buffer.from(value)
        return
      case 'id':
        // [sse §9.2.6] An id that holds NUL is ignored.
        if (!value.includes(0)) this.#idBuffer = Buffer.from(value)
        return
      case 'retry':
        if (/^[0-9]+$/.test(value.toString('latin1'))) {
          this.#retryMs = Number.parseInt(value.toString('latin1'), 10)
          items.push({ kind: 'retry', ms: this.#retryMs })
        }
        return
      default:
        this.#other.push({ name: Buffer.from(name), value: Buffer.from(value) })
    }
  }

  #dispatch(items: StreamItem[]): void {
    // [sse §9.2.6] The id is committed even when there is no data to dispatch.
    this.#lastEventId = this.#idBuffer
    if (this.#data.length > 0) {
      items.push({
        kind: 'event',
        type: this.#type.length > 0 ? this.#type : MESSAGE,
        data: Buffer.concat(this.#data.slice(0, -1)),
        lastEventId: this.#lastEventId,
        otherFields: this.#other,
      })
    }
    this.#data = []
    this.#type = EMPTY
    this.#other = []
  }
}
