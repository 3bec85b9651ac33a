/** The dispatched events of an event stream's text. */
export interface ParsedStream {
  readonly events: readonly StreamEvent[]
  /** The id to reconnect with. */
  readonly lastEventId: string
  readonly retryMs: number | undefined
  readonly comments: number
  /** Text after the last blank line: an incomplete event. */
  readonly unfinished: string
}

export interface StreamEvent {
  readonly type: string
  readonly data: string
  /** The last event id when this event is dispatched. */
  readonly lastEventId: string
}

/** Parses a whole stream as the standard prescribes. [sse §9.2.6] */
export function readEvents(text: string): ParsedStream {
  const events: StreamEvent[] = []
  let [type, id, lastEventId, comments] = ['', '', '', 0]
  let data: string[] = []
  let retryMs: number | undefined

  // One leading byte order mark is dropped, a second one is text.
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text
  const { lines, rest } = splitLines(body)
  let blockStart = 0
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      lastEventId = id
      // Without data there is no event, but the id is stored.
      if (data.length > 0)
        events.push({ type: type || 'message', data: data.join('\n'), lastEventId })
      type = ''
      data = []
      blockStart = index + 1
      continue
    }
    if (line.startsWith(':')) {
      comments++
      continue
    }
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') data.push(value)
    else if (name === 'event') type = value
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^[0-9]+$/.test(value)) retryMs = Number(value)
  }
  const unfinished = [...lines.slice(blockStart), rest].join('\n')
  return { events, lastEventId, retryMs, comments, unfinished }
}

/** Lines end with LF, CR or CRLF, mixed; `rest` is the unfinished last line. [sse §9.2.5] */
function splitLines(text: string): { readonly lines: readonly string[]; readonly rest: string } {
  const lines = text.split(/\r\n|\n|\r/)
  return { lines: lines.slice(0, -1), rest: lines.at(-1) ?? '' }
}
