import { parseFields, type Fields } from './fields.ts'

const MAX_HEAD_BYTES = 64 * 1024
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i

export interface Request {
  readonly method: string
  readonly target: string
  readonly isHttp10: boolean
  readonly fields: Fields
  /** Content to skip before the next request; undefined: the connection ends instead. */
  readonly contentBytes: number | undefined
}

/** A request, or the status line that refuses it. Undefined: the head is not complete. */
type Parsed = { readonly request: Request; readonly rest: Buffer } | { readonly refusal: string }

/**
 * Reads one request head from the start of `bytes` [protocol §5.15]. Empty lines before it are
 * skipped [http/1.1 §2.2], unless a fault rejects them.
 */
export function parseRequest(bytes: Buffer, skipsEmptyLines = true): Parsed | undefined {
  let start = 0
  if (skipsEmptyLines) while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2
  const end = bytes.indexOf('\r\n\r\n', start)
  if (end > MAX_HEAD_BYTES || (end < 0 && bytes.length > MAX_HEAD_BYTES)) {
    return { refusal: '431 Request Header Fields Too Large' }
  }
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.toString('latin1', start, end).split('\r\n')
  const [method = '', target = '', version = '', ...more] = first.split(' ')
  if (/^HTTP\/(?:0|[2-9])\.\d$/.test(version)) return { refusal: '505 HTTP Version Not Supported' }
  const fields = parseFields(lines)
  const isSound =
    more.length === 0 && /^[A-Z]+$/.test(method) && /^[!-~\u0080-\u00ff]+$/.test(target)
  if (
    !isSound ||
    !/^HTTP\/1\.[01]$/.test(version) ||
    fields === undefined ||
    !hasGoodHost(fields, version)
  ) {
    return { refusal: '400 Bad Request' }
  }
  const isHttp10 = version === 'HTTP/1.0'
  const contentBytes = contentOf(fields, isHttp10)
  if (contentBytes === 'faulty') return { refusal: '400 Bad Request' }
  return {
    request: { method, target, isHttp10, fields, contentBytes },
    rest: bytes.subarray(end + 4),
  }
}

// [http/1.1 §3.2] Values of several Host fields are joined by ", ", which no host has.
function hasGoodHost(fields: Fields, version: string): boolean {
  const host = fields.get('host')
  return host === undefined ? version === 'HTTP/1.0' : HOST.test(host)
}

// [http/1.1 §6.3] Content whose end is ambiguous is refused.
function contentOf(fields: Fields, isHttp10: boolean): number | undefined | 'faulty' {
  const coding = fields.get('transfer-encoding')
  const length = fields.get('content-length')
  if (coding !== undefined) {
    return coding.toLowerCase() === 'chunked' && length === undefined && !isHttp10
      ? undefined
      : 'faulty'
  }
  if (length === undefined) return 0
  return /^\d{1,15}$/.test(length) ? Number(length) : 'faulty'
}
