export interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** [sse §9.2.6] The whole events of a text, as a client understands them. */
export function parseStream(text: string): readonly StreamEvent[] {
  const events: StreamEvent[] = []
  let id = ''
  let event = ''
  let data: string[] = []
  // What follows the last line end is not complete.
  for (const line of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) events.push({ event: event || 'message', id, data: data.join('\n') })
      event = ''
      data = []
      continue
    }
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
  }
  return events
}
