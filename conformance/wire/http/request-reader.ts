import { fieldValue, parseHeaderFields, type HeaderField } from './header-fields.ts'
import { ChunkedReader } from './chunked-reader.ts'
import { LineSplitter } from './line-splitter.ts'
import { Violations } from './violations.ts'

/** Limits of a head and of a body. */
const MAX_BYTES = 4 * 1024 * 1024
const SHOWN = 200

/** A request as an origin received it. */
export interface WireRequest {
  readonly method: string
  /** Request target, byte for byte. */
  readonly target: string
  readonly version: string
  readonly fields: readonly HeaderField[]
  readonly body: Buffer
}

type BodyState =
  | { kind: 'none' }
  | { kind: 'length'; left: number }
  | { kind: 'chunked'; reader: ChunkedReader }

/**
 * Reads the requests of one connection one after another. Records violations and continues where
 * possible.
 */
export class RequestReader {
  readonly #violations = new Violations()
  readonly #violate = this.#violations.add
  readonly #input = new LineSplitter(this.#violate)
  #lines: string[] = []
  #head: Omit<WireRequest, 'body'> | undefined
  #body: BodyState = { kind: 'none' }
  #content: Buffer[] = []
  #bytes = 0
  #broken = false
  readonly #onHead: (head: Omit<WireRequest, 'body'>) => void

  /** `onHead` is called when a head is complete, before its body is. */
  constructor(onHead: (head: Omit<WireRequest, 'body'>) => void = () => {}) {
    this.#onHead = onHead
  }

  get violations(): readonly string[] {
    return this.#violations.list
  }

  /** True when the input is too long or too malformed to read on. */
  get broken(): boolean {
    return this.#broken || this.#input.lineTooLong || this.#bytes > MAX_BYTES
  }

  /** The request whose body is not complete, and the length of its body so far. */
  get unfinished(): { readonly target: string; readonly bodyBytes: number } | undefined {
    if (this.#head === undefined) return undefined
    return { target: this.#head.target, bodyBytes: this.#bytes }
  }

  push(chunk: Buffer): readonly WireRequest[] {
    if (this.broken) return []
    this.#input.push(chunk)
    const requests: WireRequest[] = []
    for (let next = this.#next(); next !== undefined; next = this.#next()) requests.push(next)
    return requests
  }

  #next(): WireRequest | undefined {
    if (this.#head === undefined && !this.#readHead()) return undefined
    if (!this.#readBody() || this.#head === undefined) return undefined
    const request = { ...this.#head, body: Buffer.concat(this.#content) }
    this.#head = undefined
    this.#content = []
    this.#bytes = 0
    return request
  }

  #readHead(): boolean {
    for (let line = this.#input.takeLine(); line !== undefined; line = this.#input.takeLine()) {
      if (this.broken) return false
      if (line !== '') {
        this.#lines.push(line)
        this.#bytes += line.length
        continue
      }
      if (this.#lines.length === 0) continue // [http/1.1 §2.2] blank lines before a request are skipped
      const [requestLine = '', ...rest] = this.#lines
      this.#lines = []
      const [method = '', target = '', version = ''] = requestLine.split(' ')
      if (!/^HTTP\/1\.[01]$/.test(version))
        this.#violate(`expected a request line, got ${JSON.stringify(requestLine.slice(0, SHOWN))}`)
      const fields = parseHeaderFields(rest, this.#violate)
      this.#head = { method, target, version: version.slice(5), fields }
      this.#body = this.#frame(fields)
      this.#bytes = 0
      this.#onHead(this.#head)
      return true
    }
    return false
  }

  #frame(fields: readonly HeaderField[]): BodyState {
    if (fieldValue(fields, 'transfer-encoding') !== undefined) {
      return { kind: 'chunked', reader: new ChunkedReader(this.#violate) }
    }
    const length = Number(fieldValue(fields, 'content-length') ?? 0)
    return length > 0 ? { kind: 'length', left: length } : { kind: 'none' }
  }

  /** True when the body is whole. */
  #readBody(): boolean {
    const body = this.#body
    switch (body.kind) {
      case 'none':
        return true
      case 'length': {
        const bytes = this.#input.takeBytes(body.left)
        this.#keep(bytes)
        body.left -= bytes.length
        return body.left === 0
      }
      default: {
        const bytes = body.reader.read(this.#input)
        if (bytes === undefined) {
          this.#broken = true
          return false
        }
        this.#keep(bytes)
        return body.reader.ended
      }
    }
  }

  #keep(content: Buffer): void {
    this.#bytes += content.length
    if (content.length > 0 && !this.broken) this.#content.push(content)
  }
}
