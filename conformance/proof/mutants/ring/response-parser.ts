import { parseFields, type Fields } from './fields.ts'
import type { Switches } from './switches.ts'

const CRLF = Buffer.from('\r\n')
const MAX_HEAD_BYTES = 64 * 1024
const MANY_INTERIMS = 100

export interface Response {
  readonly status: number
  readonly fields: Fields
}

export interface ResponseEvents {
  readonly onHead: (response: Response) => void
  readonly onContent: (bytes: Buffer) => void
  /** The content is complete. */
  readonly onEnd: () => void
}

type State = 'head' | 'size' | 'chunk' | 'chunk-end' | 'trailer' | 'length' | 'until-close' | 'over'

/**
 * A state machine over the bytes of one connection to a back end. `push` throws on bytes that are
 * not HTTP.
 */
export class ResponseParser {
  readonly #events: ResponseEvents
  readonly #switches: Switches
  #state: State = 'head'
  #held: Buffer = Buffer.alloc(0)
  #leftBytes = 0
  #interims = 0

  constructor(events: ResponseEvents, switches: Switches) {
    this.#events = events
    this.#switches = switches
  }

  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    for (let before = -1; this.#held.length !== before && this.#held.length > 0 && !this.isOver;) {
      before = this.#held.length
      this.#step()
    }
  }

  /** The peer has ended the connection. */
  end(): void {
    if (this.#state === 'until-close') this.#finish()
  }

  /** Interim responses so far. */
  get interims(): number {
    return this.#interims
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  #step(): void {
    switch (this.#state) {
      case 'head':
        return this.#readHead()
      case 'size':
        return this.#readSize()
      case 'chunk-end': {
        if (this.#line() === '') this.#state = 'size'
        return
      }
      case 'trailer': {
        if (this.#line() === '') this.#finish()
        return
      }
      case 'chunk':
      case 'length':
        return this.#readCounted()
      case 'until-close': {
        const all = this.#take(this.#held.length)
        return this.#events.onContent(all)
      }
      case 'over':
    }
  }

  #readHead(): void {
    const end = this.#held.indexOf('\r\n\r\n')
    if (end < 0) {
      if (this.#held.length > MAX_HEAD_BYTES) throw new Error('a response head without an end')
      return
    }
    const [first = '', ...lines] = this.#take(end + 4)
      .toString('latin1', 0, end)
      .split('\r\n')
    const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first) ?? []
    if (status === undefined) throw new Error('a status line that is not HTTP')
    // [http §15.2] Interim responses are skipped.
    if (status.startsWith('1')) {
      this.#interims += 1
      const isTooMany =
        this.#interims > MANY_INTERIMS && this.#switches.has('ring-interims-are-final')
      if (isTooMany) throw new Error('too many interim responses')
      return
    }
    const spelled = this.#switches.has('ring-capital-fields')
    const fields = parseFields(lines, spelled)
    if (fields === undefined) throw new Error('a malformed response field')
    this.#state = this.#bodyState(Number(status), fields)
    if (this.#switches.has('ring-head-eats-event')) this.#held = this.#afterFirstPacket()
    this.#events.onHead({ status: Number(status), fields })
    if (this.#state === 'length' && this.#leftBytes === 0) this.#finish()
  }

  /** A fault: content that came in the same packet as the head is skipped, at a chunk's end. */
  #afterFirstPacket(): Buffer {
    return this.#held.toString('latin1').endsWith('\r\n') || this.#state === 'until-close'
      ? Buffer.alloc(0)
      : this.#held
  }

  // [http/1.1 §6.3]
  #bodyState(status: number, fields: Fields): State {
    if (status === 204 || status === 304) return 'over'
    if (fields.get('transfer-encoding')?.toLowerCase().endsWith('chunked') === true) return 'size'
    const length = fields.get('content-length')
    if (length === undefined) return 'until-close'
    if (!/^\d{1,15}$/.test(length)) throw new Error('a Content-Length that is not a number')
    this.#leftBytes = Number(length)
    return 'length'
  }

  #readSize(): void {
    if (this.#switches.has('ring-size-in-one-packet') && !this.#held.includes(CRLF)) {
      throw new Error('a chunk size without a line end')
    }
    const line = this.#line()
    if (line === undefined) return
    const [, size] = /^([\da-f]{1,12})[ \t]*(?:;|$)/i.exec(line) ?? []
    if (size === undefined) throw new Error('a chunk size that is not hexadecimal')
    this.#leftBytes = Number.parseInt(size, 16)
    this.#state = this.#leftBytes === 0 ? 'trailer' : 'chunk'
  }

  #readCounted(): void {
    const bytes = this.#take(Math.min(this.#leftBytes, this.#held.length))
    this.#leftBytes -= bytes.length
    const isEaten =
      this.#switches.has('ring-end-eats-event') &&
      this.#held.toString('latin1').endsWith('0\r\n\r\n')
    if (!isEaten) this.#events.onContent(bytes)
    if (this.#leftBytes > 0 || this.isOver) return
    if (this.#state === 'length') this.#finish()
    else this.#state = 'chunk-end'
  }

  #line(): string | undefined {
    const end = this.#held.indexOf(CRLF)
    if (end < 0) {
      if (this.#held.length > MAX_HEAD_BYTES) throw new Error('a line without an end')
      return undefined
    }
    return this.#take(end + 2).toString('latin1', 0, end)
  }

  #take(bytes: number): Buffer {
    const taken = this.#held.subarray(0, bytes)
    this.#held = this.#held.subarray(bytes)
    return taken
  }

  #finish(): void {
    this.#state = 'over'
    this.#events.onEnd()
  }
}
