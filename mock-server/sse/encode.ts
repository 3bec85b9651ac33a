/** The fields of one event. */
export interface EventFields {
  readonly data: string
  readonly event?: string | undefined
  readonly id?: string | undefined
}

/**
 * The bytes of one event. Line ends in `data` start further `data` lines [sse §9.2.6]. In other
 * fields they would inject a field, so they are refused. NUL in an id is refused because readers
 * ignore such an id.
 */
export function encodeEvent({ data, event, id }: EventFields): string {
  const lines = data.split(/\r\n|\n|\r/).map((line) => `data: ${line}\n`)
  const name = event === undefined ? '' : `event: ${oneLine(event, 'an event name')}\n`
  const idLine = id === undefined ? '' : `id: ${oneLine(id, 'an event id')}\n`
  return `${name}${idLine}${lines.join('')}\n`
}

/** The id that a client returns with, without an event [sse §9.2.6]. */
export function encodeId(id: string): string {
  return `id: ${oneLine(id, 'an event id')}\n\n`
}

/**
 * The reconnection time, which counts from its line on [sse §9.2.6]. No blank line follows: several
 * readers deliver an empty message for a block without data.
 */
export function encodeRetry(retryMs: number): string {
  return `retry: ${retryMs}\n`
}

/** A comment. Line ends start further comment lines. */
export function encodeComment(text: string): string {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => `: ${line}\n`)
    .join('')
}

/** An empty comment, which shows that the connection is alive. */
export const HEARTBEAT = ':\n'

function oneLine(value: string, what: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/[\r\n\0]/.test(value))
    throw new TypeError(`${what} holds CR, LF or NUL: ${JSON.stringify(value)}`)
  return value
}
