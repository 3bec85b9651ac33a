import { fieldValue, type HeaderField } from '../../wire/http/header-fields.ts'
import { EventReader, type WireEvent } from '../../wire/sse/event-reader.ts'

const MAX_CONTENT_BYTES = 64 * 1024 * 1024

/** How the target has ended a stream. */
export type StreamEnd =
  | { readonly kind: 'end' }
  | { readonly kind: 'reset'; readonly code: number }
  | { readonly kind: 'connection' }

/** One request and its response on an HTTP/2 connection. */
export class H2Stream {
  readonly id: number
  readonly #onChange: () => void
  readonly #reader = new EventReader()
  readonly #events: WireEvent[] = []
  readonly #datas = new Set<string>()
  readonly #content: Buffer[] = []
  #contentBytes = 0
  #head: readonly HeaderField[] | undefined
  #trailers: readonly HeaderField[] | undefined
  #end: StreamEnd | undefined
  #comments = 0
  /** False: it gives the target no room for more than its window. */
  opensWindow = true

  constructor(id: number, onChange: () => void) {
    this.id = id
    this.#onChange = onChange
  }

  /** Fields of the final response head, pseudo-fields included, as they came. */
  get head(): readonly HeaderField[] | undefined {
    return this.#head
  }

  get trailers(): readonly HeaderField[] | undefined {
    return this.#trailers
  }

  get status(): number | undefined {
    const text = this.field(':status')
    return text === undefined ? undefined : Number(text)
  }

  get events(): readonly WireEvent[] {
    return this.#events
  }

  get comments(): number {
    return this.#comments
  }

  get contentBytes(): number {
    return this.#contentBytes
  }

  get content(): Buffer {
    return Buffer.concat(this.#content)
  }

  /** How the target has ended it. */
  get end(): StreamEnd | undefined {
    return this.#end
  }

  /** The end in words. */
  get ending(): string {
    switch (this.#end?.kind) {
      case undefined:
        return 'the stream is open'
      case 'end':
        return 'the target ended the stream properly'
      case 'reset':
        return `the target reset the stream with code ${this.#end.code}`
      default:
        return 'the target ended the connection'
    }
  }

  field(name: string): string | undefined {
    return this.#head === undefined ? undefined : fieldValue(this.#head, name)
  }

  hasEvent(data: string): boolean {
    return this.#datas.has(data)
  }

  /** For the connection: a header block came. */
  takeHead(fields: readonly HeaderField[]): void {
    const isInterim = /^1\d\d$/.test(fieldValue(fields, ':status') ?? '')
    if (this.#head !== undefined) this.#trailers = fields
    else if (!isInterim) this.#head = fields
    this.#onChange()
  }

  /** For the connection: content came. */
  takeContent(bytes: Buffer): void {
    this.#contentBytes += bytes.length
    if (this.#contentBytes > MAX_CONTENT_BYTES)
      throw new Error(`received more than ${MAX_CONTENT_BYTES} bytes of content`)
    this.#content.push(bytes)
    for (const item of this.#reader.push(bytes)) {
      if (item.kind === 'comment') this.#comments += 1
      if (item.kind !== 'event') continue
      this.#events.push(item)
      this.#datas.add(item.data.toString('latin1'))
    }
    this.#onChange()
  }

  /** For the connection. */
  finish(end: StreamEnd): void {
    this.#end ??= end
    this.#onChange()
  }
}
