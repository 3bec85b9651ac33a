import type { BodyFraming } from '../fanout/subscriber.ts'
import type { ForwardedField } from './forwarded.ts'
import { isHostField } from './host-field.ts'

/** What the proxy needs from a request for the stream. */
export interface StreamRequest {
  readonly framing: BodyFraming
  readonly path: string
  readonly origin: string | undefined
  readonly lastEventId: string | undefined
  /** Whether the client may be one that cannot read a response before its end. */
  readonly wantsEnd: boolean
  /** The field in which reverse proxies name the client, its lines joined by commas. */
  readonly forwarded: string | undefined
}

const LINE_END = '\r\n'
const HEAD_END = '\r\n\r\n'
const SPACE = 0x20
const TAB = 0x09
const REQUEST_LINE = /GET (\/[!-~]*) HTTP\/1\.([01])\r\n/y
// [http §5.1, §5.5] A token, a colon at once, a value without control characters; obsolete folding
// does not match. No character fits two parts that meet: there is one way to match, and the time is
// linear.
const FIELD_LINE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\u0080-\u00ff]*)\r\n/y
/** The same line up to any of its characters, and the blank line up to its CR. */
const CUT_FIELD_LINE = /(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+(?::[\t -~\u0080-\u00ff]*)?)?\r?$/y

/** A request with one of these is not a plain GET: a body, an expectation, another protocol. */
const NOT_PLAIN = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  'http2-settings',
  'proxy-connection',
])

/**
 * Reads a request head that is whole, ends where the bytes end, and is beyond doubt a plain GET.
 * `incomplete` if more bytes can make it one. Undefined for everything else, right or wrong: that
 * is `node:http`'s to judge. Time is linear in the bytes.
 */
export function readStreamRequest(
  bytes: Buffer,
  maxHeadBytes: number,
  forwardedField: ForwardedField = 'X-Forwarded-For',
): StreamRequest | 'incomplete' | undefined {
  if (bytes.length > maxHeadBytes) return undefined
  const head = bytes.toString('latin1')
  const isWhole = head.endsWith(HEAD_END)
  REQUEST_LINE.lastIndex = 0
  const requestLine = REQUEST_LINE.exec(head)
  if (requestLine === null) return undefined
  const [, path = '/', minorVersion] = requestLine

  let host: string | undefined
  let origin: string | undefined
  let lastEventId: string | undefined
  let requestedWith: string | undefined
  let forwarded: string | undefined
  const forwardedKey = forwardedField.toLowerCase()
  const fieldsEnd = isWhole ? head.length - LINE_END.length : head.length
  for (let at = REQUEST_LINE.lastIndex; at < fieldsEnd; at = FIELD_LINE.lastIndex) {
    FIELD_LINE.lastIndex = at
    const field = FIELD_LINE.exec(head)
    if (field === null) return isWhole ? undefined : incompleteIfCut(head, at)
    const [, name = '', value = ''] = field
    const key = name.toLowerCase()
    if (key === 'host') {
      if (host !== undefined) return undefined
      host = withoutEdgeSpace(value)
    } else if (key === 'origin') {
      if (origin !== undefined) return undefined
      origin = withoutEdgeSpace(value)
    } else if (key === 'last-event-id') {
      if (lastEventId !== undefined) return undefined
      lastEventId = withoutEdgeSpace(value)
    } else if (key === 'x-requested-with') {
      if (requestedWith !== undefined) return undefined
      requestedWith = withoutEdgeSpace(value)
    } else if (key === forwardedKey) {
      forwarded = forwarded === undefined ? value : `${forwarded},${value}`
    } else if (NOT_PLAIN.has(key)) {
      return undefined
    }
  }
  if (!isWhole) return 'incomplete'
  // [http/1.1 §3.2] A request of HTTP/1.1 names its host.
  if (host === undefined ? minorVersion === '1' : !isHostField(host)) return undefined
  return {
    framing: minorVersion === '1' ? 'chunked' : 'plain',
    path,
    origin,
    lastEventId: lastEventIdOf(path, lastEventId),
    wantsEnd: wantsEnd(requestedWith),
    forwarded,
  }
}

/** Whether the bytes at this position are the beginning of a field line or of the blank line. */
function incompleteIfCut(head: string, at: number): 'incomplete' | undefined {
  CUT_FIELD_LINE.lastIndex = at
  return CUT_FIELD_LINE.test(head) ? 'incomplete' : undefined
}

/** [http §5.5] Spaces and tabs around a field's value are not part of it. */
function withoutEdgeSpace(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isSpace(value.charCodeAt(start))) start += 1
  while (end > start && isSpace(value.charCodeAt(end - 1))) end -= 1
  return value.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB
}

/** [practice: polyfills] Pages that use `XMLHttpRequest` name it in X-Requested-With. */
export function wantsEnd(requestedWith: string | undefined): boolean {
  return requestedWith === 'XMLHttpRequest'
}

/** Names of the last event id in the query, as clients spell it that cannot set a header. */
const QUERY_IDS = ['lastEventId', 'lastEventID', 'Last-Event-ID', 'evs_last_event_id'] as const

/**
 * The last event id of a client: the header, or one of the `QUERY_IDS` [protocol §5.16]. An empty
 * id counts as no id [sse §9.2.3].
 */
export function lastEventIdOf(path: string, header: string | undefined): string | undefined {
  // [sse §9.2.3] The header holds UTF-8; HTTP readers hand it over as Latin-1.
  if (header !== undefined && header !== '') return Buffer.from(header, 'latin1').toString('utf8')
  const query = path.indexOf('?')
  if (query === -1) return undefined
  const parameters = new URLSearchParams(path.slice(query + 1))
  for (const name of QUERY_IDS) {
    const id = parameters.get(name)
    if (id !== null && id !== '') return id
  }
  return undefined
}
