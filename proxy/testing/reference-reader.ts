/** An event as a browser would dispatch it. */
export interface ReadEvent {
  readonly type: string
  readonly data: string
  readonly lastEventId: string
}

/** The content of a stream. */
export interface Reading {
  readonly events: readonly ReadEvent[]
  readonly lastEventId: string
  readonly retryMs: number | undefined
}

/**
 * Reads a stream line by line, exactly as the standard describes it [sse §9.2.6]. It is not fast.
 */
export class ReferenceReader {
  readonly #decoder = new TextDecoder('utf-8')
  /** Text after the last line end. */
  #rest = ''
  #data = ''
  #type = ''
  #id: string
  #lastEventId: string
  #retryMs: number | undefined

  /** `lastEventId` is the last one of the previous connection. */
  constructor(lastEventId = '') {
    this.#id = lastEventId
    this.#lastEventId = lastEventId
  }

  get lastEventId(): string {
    return this.#lastEventId
  }

  get retryMs(): number | undefined {
    return this.#retryMs
  }

  /** Reads further bytes. Returns the events that end in them. */
  push(bytes: Buffer): readonly ReadEvent[] {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true })
    // A CR at the end may be the first half of a line end.
    const undecided = text.endsWith('\r') ? '\r' : ''
    const lines = text.slice(0, text.length - undecided.length).split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '') + undecided
    return lines.flatMap((line) => this.#takeLine(line))
  }

  /** Ends the stream. */
  end(): readonly ReadEvent[] {
    return this.#rest.endsWith('\r') ? this.#takeLine(this.#rest.slice(0, -1)) : []
  }

  #takeLine(line: string): readonly ReadEvent[] {
    if (line === '') return this.#dispatch()
    if (line.startsWith(':')) return []
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') this.#data += `${value}\n`
    if (name === 'event') this.#type = value
    if (name === 'id' && !value.includes('\0')) this.#id = value
    if (name === 'retry' && /^[0-9]+$/.test(value)) this.#retryMs = Number(value)
    return []
  }

  #dispatch(): readonly ReadEvent[] {
    const [data, type] = [this.#data, this.#type || 'message']
    this.#lastEventId = this.#id
    this.#data = ''
    this.#type = ''
    return data === '' ? [] : [{ type, data: data.slice(0, -1), lastEventId: this.#id }]
  }
}

/** Reads a whole stream. Tests compare the fast code with this. */
export function readStream(bytes: Buffer): Reading {
  const reader = new ReferenceReader()
  const events = [...reader.push(bytes), ...reader.end()]
  return { events, lastEventId: reader.lastEventId, retryMs: reader.retryMs }
}

/**
 * The frames of a whole stream and its unfinished rest. A `retry` line at the start of a frame is a
 * frame. It is not fast.
 */
export function splitStream(bytes: Buffer): {
  readonly frames: readonly string[]
  readonly rest: string
} {
  const text = bytes.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '')
  const frames: string[] = []
  let frame = ''
  for (const line of text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []) {
    const isBlank = /^[\r\n]+$/.test(line)
    if (frame === '' && (isBlank || line.startsWith(':'))) continue
    frame += line
    if (isBlank || /^retry(?::.*)?[\r\n]+$/.test(frame)) {
      frames.push(frame)
      frame = ''
    }
  }
  return { frames, rest: frame }
}
