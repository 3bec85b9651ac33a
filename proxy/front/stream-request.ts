import type { BodyFraming } from '../fanout/subscriber.ts'
import { isHostField } from './host-field.ts'

/** What the proxy needs to know of a request for the stream. */
export interface StreamRequest {
  readonly framing: BodyFraming
  readonly origin: string | undefined
  readonly lastEventId: string | undefined
}

const HEAD_END = '\r\n\r\n'
const REQUEST_LINE = /^GET (\/[!-~]*) HTTP\/1\.([01])$/
// [http §5.1, §5.5] A token, a colon at once, a value without control characters; obsolete folding does not match.
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\u0080-\u00ff]*?)[ \t]*$/

/** With one of these a request is no plain GET: a body, an expectation, another protocol. */
const NOT_PLAIN = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  'http2-settings',
  'proxy-connection',
])

/**
 * Reads a request head that is whole, ends where the bytes end, and is beyond doubt a plain GET. Undefined for
 * everything else, right or wrong: that is `node:http`'s to judge.
 */
export function readStreamRequest(bytes: Buffer, maxHeadBytes: number): StreamRequest | undefined {
  if (bytes.length > maxHeadBytes) return undefined
  const head = bytes.toString('latin1')
  const end = head.indexOf(HEAD_END)
  if (end === -1 || end + HEAD_END.length !== head.length) return undefined
  const lines = head.slice(0, end).split('\r\n')
  const requestLine = REQUEST_LINE.exec(lines[0] ?? '')
  if (requestLine === null) return undefined
  const [, path = '/', minorVersion] = requestLine

  const fields = new Map<string, string>()
  for (const line of lines.slice(1)) {
    const field = FIELD_LINE.exec(line)
    if (field === null) return undefined
    const [, name = '', value = ''] = field
    const key = name.toLowerCase()
    if (NOT_PLAIN.has(key)) return undefined
    if (fields.has(key) && (key === 'host' || key === 'last-event-id' || key === 'origin')) {
      return undefined
    }
    fields.set(key, value)
  }
  // [http/1.1 §3.2] A request of HTTP/1.1 names its host.
  const host = fields.get('host')
  if (host === undefined ? minorVersion === '1' : !isHostField(host)) return undefined
  return {
    framing: minorVersion === '1' ? 'chunked' : 'plain',
    origin: fields.get('origin'),
    lastEventId: lastEventIdOf(path, fields.get('last-event-id')),
  }
}

/**
 * What a client says it saw last: the header, or `lastEventId` in the query for clients that cannot set
 * one [protocol §5.16]. An empty id is none [sse §9.2.3].
 */
export function lastEventIdOf(path: string, header: string | undefined): string | undefined {
  // [sse §9.2.3] The header holds UTF-8; HTTP readers hand it over as Latin-1.
  if (header !== undefined && header !== '') return Buffer.from(header, 'latin1').toString('utf8')
  const query = path.indexOf('?')
  if (query === -1) return undefined
  const id = new URLSearchParams(path.slice(query + 1)).get('lastEventId')
  return id === null || id === '' ? undefined : id
}
