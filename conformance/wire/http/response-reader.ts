import { ChunkedReader } from './chunked-reader.ts'
import { fieldValue, fieldValues, parseHeaderFields, type HeaderField } from './header-fields.ts'
import { LineSplitter } from './line-splitter.ts'
import { Violations } from './violations.ts'

const MAX_HEAD_BYTES = 4 * 1024 * 1024
const MAX_INTERIM = 1000

/** How a body marks its end [http/1.1 §6.3]. */
export type BodyFraming = 'chunked' | 'length' | 'close' | 'none'

export interface WireResponseHead {
  /** `1.1`, `1.0` */
  readonly version: string
  readonly status: number
  readonly reason: string
  readonly fields: readonly HeaderField[]
  readonly framing: BodyFraming
}

/** `cut`: the connection ended before the body did; `broken`: the bytes are not HTTP. */
export type ResponseState = 'head' | 'body' | 'complete' | 'cut' | 'broken'

/**
 * Strict incremental reader of one HTTP/1.1 response. Collects violations; only fatal ones stop it.
 */
export class ResponseReader {
  readonly #method: string
  readonly #input: LineSplitter
  readonly #violations = new Violations()
  readonly #interim: WireResponseHead[] = []
  readonly #chunked: ChunkedReader
  #state: ResponseState = 'head'
  #lines: string[] = []
  #head: WireResponseHead | undefined
  #left = 0
  /** Of all heads, including interim ones. */
  #headBytes = 0

  constructor(method: string) {
    this.#method = method
    this.#input = new LineSplitter(this.#violations.add)
    this.#chunked = new ChunkedReader(this.#violations.add)
  }

  get state(): ResponseState {
    return this.#state
  }

  get head(): WireResponseHead | undefined {
    return this.#head
  }

  /** 1xx responses before the final one. */
  get interim(): readonly WireResponseHead[] {
    return this.#interim
  }

  get violations(): readonly string[] {
    return this.#violations.list
  }

  /** Removes and returns the bytes after a complete response. */
  takeRest(): Buffer {
    return this.#input.takeAll()
  }

  /** Returns the content completed by these bytes, without transfer coding. */
  push(chunk: Buffer): Buffer {
    if (this.#state === 'broken') return Buffer.alloc(0)
    this.#input.push(chunk)
    if (this.#state === 'head') this.#readHead()
    return this.#state === 'body' ? this.#readBody() : Buffer.alloc(0)
  }

  /** Call when the peer has ended the connection. */
  end(): void {
    if (this.#state === 'head') this.#state = 'cut'
    // [http/1.1 §8] Without its last chunk or full length a body is incomplete; only a
    // close-delimited body ends by FIN.
    if (this.#state === 'body') this.#state = this.#head?.framing === 'close' ? 'complete' : 'cut'
  }

  /** Call when the connection was lost by a reset or an error. */
  lose(): void {
    if (this.#state === 'head' || this.#state === 'body') this.#state = 'cut'
  }

  #break(what: string): void {
    this.#violations.add(what)
    this.#state = 'broken'
  }

  #readHead(): void {
    for (let line = this.#input.takeLine(); line !== undefined; line = this.#input.takeLine()) {
      if (this.#headBytes > MAX_HEAD_BYTES) break
      const first = this.#lines.length === 0
      if (first && !/^HTTP\/\d\.\d \d{3}(?: .*)?$/.test(line)) {
        this.#break(`expected a status line, got ${JSON.stringify(line.slice(0, 60))}`)
        return
      }
      if (line !== '') {
        this.#headBytes += line.length
        this.#lines.push(line)
        continue
      }
      this.#headBytes += 1
      const head = this.#parseHead(this.#lines)
      this.#lines = []
      if (head.status >= 100 && head.status < 200 && head.status !== 101) {
        this.#interim.push(head)
        if (this.#interim.length <= MAX_INTERIM) continue
        this.#break(`received more than ${MAX_INTERIM} interim responses`)
        return
      }
      this.#head = head
      this.#state = head.framing === 'none' || this.#isEmpty(head) ? 'complete' : 'body'
      return
    }
    if (this.#input.lineTooLong || this.#headBytes > MAX_HEAD_BYTES)
      this.#break('the response head does not end')
  }

  #isEmpty(head: WireResponseHead): boolean {
    return head.framing === 'length' && this.#left === 0
  }

  #parseHead(lines: readonly string[]): WireResponseHead {
    const [statusLine = '', ...rest] = lines
    const violate = this.#violations.add
    const fields = parseHeaderFields(rest, violate)
    const status = Number(statusLine.slice(9, 12))
    const version = statusLine.slice(5, 8)
    const framing = this.#frame(status, fields)
    // [http/1.1 §6.2] Content-Length never accompanies Transfer-Encoding.
    if (
      fieldValue(fields, 'transfer-encoding') !== undefined &&
      fieldValue(fields, 'content-length') !== undefined
    ) {
      violate('Content-Length and Transfer-Encoding in one response')
    }
    return { version, status, reason: statusLine.slice(13), fields, framing }
  }

  #frame(status: number, fields: readonly HeaderField[]): BodyFraming {
    if (this.#method === 'HEAD' || status === 204 || status === 304 || status < 200) return 'none'
    const coding = fieldValue(fields, 'transfer-encoding')
    if (coding !== undefined) {
      if (coding.toLowerCase() === 'chunked') return 'chunked'
      this.#violations.add(`expected Transfer-Encoding: chunked, got ${coding}`)
      return 'close'
    }
    const lengths = new Set(fieldValues(fields, 'content-length'))
    if (lengths.size === 0) return 'close'
    const [length = ''] = lengths
    if (lengths.size > 1 || !/^\d+$/.test(length)) {
      this.#violations.add(`Content-Length is ${[...lengths].join(' and ')}`) // [http/1.1 §6.3]
      return 'close'
    }
    this.#left = Number(length)
    return 'length'
  }

  #readBody(): Buffer {
    switch (this.#head?.framing) {
      case 'chunked': {
        const content = this.#chunked.read(this.#input)
        if (content === undefined) this.#state = 'broken'
        else if (this.#chunked.ended) this.#state = 'complete'
        return content ?? Buffer.alloc(0)
      }
      case 'length': {
        const content = this.#input.takeBytes(this.#left)
        this.#left -= content.length
        if (this.#left === 0) this.#state = 'complete'
        return content
      }
      default:
        return this.#input.takeAll()
    }
  }
}
