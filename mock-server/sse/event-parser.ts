interface ParsedEvent {
  readonly name: string
  readonly data: string
  readonly id: string | undefined
}

/** What a parser hands over. */
export interface EventParserListener {
  onEvent(event: ParsedEvent): void
  onComment?(): void
  onRetry?(ms: number): void
}

/** [sse §9.2.6] Reads an event stream. A CR alone does not end a line: this store sends none. */
export class EventParser {
  readonly #listener: EventParserListener
  #line = ''
  #data: string[] = []
  #name = ''
  #id: string | undefined

  constructor(listener: EventParserListener) {
    this.#listener = listener
  }

  /** Characters of the line that is not complete. */
  get pendingLength(): number {
    return this.#line.length
  }

  push(text: string): void {
    const [rest = '', ...lines] = text.split('\n')
    this.#line += rest
    for (const next of lines) {
      this.#readLine(this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line)
      this.#line = next
    }
  }

  #readLine(line: string): void {
    if (line === '') {
      this.#dispatch()
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) this.#listener.onComment?.()
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (name === 'data') this.#data.push(value)
    else if (name === 'event') this.#name = value
    else if (name === 'id') this.#id = value
    else if (name === 'retry') this.#listener.onRetry?.(Number(value))
  }

  #dispatch(): void {
    const [data, name, id] = [this.#data, this.#name, this.#id]
    this.#data = []
    this.#name = ''
    this.#id = undefined
    if (data.length > 0)
      this.#listener.onEvent({ name: name || 'message', data: data.join('\n'), id })
  }
}
