/** An event as a browser would dispatch it. */
export interface ReadEvent {
  readonly type: string
  readonly data: string
  readonly lastEventId: string
}

/** What a stream means. */
export interface Reading {
  readonly events: readonly ReadEvent[]
  readonly lastEventId: string
  readonly retryMs: number | undefined
}

/**
 * Reads a whole stream in the words of the standard, line by line, with no regard for speed [sse §9.2.6]. What the fast
 * code does is held against this.
 */
export function readStream(bytes: Buffer): Reading {
  const text = new TextDecoder('utf-8').decode(bytes)
  const lines = text.split(/\r\n|\n|\r/)
  lines.pop() // What follows the last line end is no line.
  const events: ReadEvent[] = []
  let data = ''
  let type = ''
  let id = ''
  let lastEventId = ''
  let retryMs: number | undefined
  for (const line of lines) {
    if (line === '') {
      lastEventId = id
      if (data !== '')
        events.push({ type: type || 'message', data: data.slice(0, -1), lastEventId })
      data = ''
      type = ''
      continue
    }
    if (line.startsWith(':')) continue
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') data += `${value}\n`
    if (name === 'event') type = value
    if (name === 'id' && !value.includes('\0')) id = value
    if (name === 'retry' && /^[0-9]+$/.test(value)) retryMs = Number(value)
  }
  return { events, lastEventId, retryMs }
}

/** The frames of a whole stream, as they came, and the unfinished rest; again without regard for speed. */
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
    if (isBlank) {
      frames.push(frame)
      frame = ''
    }
  }
  return { frames, rest: frame }
}
