/** What a client makes of the text of an event stream. */
export interface Reading {
  readonly events: readonly StreamEvent[]
  /** The id to return with. */
  readonly lastEventId: string
  readonly retryMs: number | undefined
  readonly comments: number
  /** What follows the last blank line: the beginning of an event whose end has not come. */
  readonly unfinished: string
}

export interface StreamEvent {
  readonly type: string
  readonly data: string
  /** The last event id once this event has been seen. */
  readonly lastEventId: string
}

/** Reads a whole stream by the letter of the standard. [sse §9.2.6] */
export function readEvents(text: string): Reading {
  const events: StreamEvent[] = []
  let [type, id, lastEventId, comments] = ['', '', '', 0]
  let data: string[] = []
  let retryMs: number | undefined

  // One byte order mark is dropped, a second one is text.
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text
  const { lines, rest } = splitLines(body)
  let blockStart = 0
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      lastEventId = id
      // Without data there is no event, but the id counts.
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

/** Lines end with LF, CR or CRLF, mixed; `rest` is the last one, which has not ended. [sse §9.2.5] */
function splitLines(text: string): { readonly lines: readonly string[]; readonly rest: string } {
  const lines = text.split(/\r\n|\n|\r/)
  return { lines: lines.slice(0, -1), rest: lines.at(-1) ?? '' }
}
