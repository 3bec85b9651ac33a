/** One header field as on the wire. Values are latin1: one character per byte. */
export type Field = readonly [name: string, value: string]

export interface RequestHead {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly fields: readonly Field[]
}

export interface ResponseHead {
  /** Version of a received head; our own are always 1.1. */
  readonly version?: '1.0' | '1.1' | undefined
  readonly status: number
  readonly reason: string
  readonly fields: readonly Field[]
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~\w]+) ([!-~\u0080-\u00ff]+) HTTP\/1\.([01])$/
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i
const FIELD = /^([!#$%&'*+\-.^_`|~\w]+):([^\0\r\n]*)$/

/**
 * Reads a request head without its final blank line. Undefined when any part of it is malformed.
 */
export function parseRequestHead(text: string, anyHost = false): RequestHead | undefined {
  const [first = '', ...lines] = text.split('\r\n')
  const [, method, target, minor] = REQUEST_LINE.exec(first) ?? []
  const fields = parseFields(lines)
  if (method === undefined || target === undefined || fields === undefined) return undefined
  const head: RequestHead = { method, target, version: minor === '0' ? '1.0' : '1.1', fields }
  return anyHost || hasGoodHost(head) ? head : undefined
}

// [http/1.1 §3.2] a 1.1 request has one Host; several of them, or an invalid one, are always wrong.
function hasGoodHost({ fields, version }: RequestHead): boolean {
  const hosts = fields.filter(([name]) => name.toLowerCase() === 'host')
  if (hosts.length !== 1) return hosts.length === 0 && version === '1.0'
  return hosts.every(([, value]) => HOST.test(value))
}

/**
 * Reads a response head without its final blank line. Undefined when any part of it is malformed.
 */
export function parseResponseHead(text: string): ResponseHead | undefined {
  const [first = '', ...lines] = text.split('\r\n')
  const [, minor, status, reason = ''] = STATUS_LINE.exec(first) ?? []
  const fields = parseFields(lines)
  if (status === undefined || fields === undefined || !hasOneLength(fields)) return undefined
  return { version: minor === '0' ? '1.0' : '1.1', status: Number(status), reason, fields }
}

// [http/1.1 §6.3] A response with several lengths, or one that is no number, has no end that one
// could trust.
function hasOneLength(fields: readonly Field[]): boolean {
  const lengths = fields.filter(([name]) => name.toLowerCase() === 'content-length')
  return lengths.length <= 1 && lengths.every(([, value]) => /^\d{1,15}$/.test(value))
}

function parseFields(lines: readonly string[]): readonly Field[] | undefined {
  const fields: Field[] = []
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? []
    if (name === undefined || value === undefined) return undefined
    fields.push([name, withoutBlanks(value)])
  }
  return fields
}

/** [http §5.6.3] Spaces and tabs around a value are not part of it. */
function withoutBlanks(value: string): string {
  let end = value.length
  while (value[end - 1] === ' ' || value[end - 1] === '\t') end -= 1
  return value.slice(0, end).replace(/^[ \t]+/, '')
}

export function formatRequestHead(head: RequestHead): Buffer {
  return formatHead(`${head.method} ${head.target} HTTP/1.1`, head.fields)
}

/** The status line always carries our own version [http/1.1 §2.3]. */
export function formatResponseHead(
  head: ResponseHead,
  statusLine = `HTTP/1.1 ${head.status} ${head.reason}`,
): Buffer {
  return formatHead(statusLine, head.fields)
}

function formatHead(startLine: string, fields: readonly Field[]): Buffer {
  const lines = [startLine, ...fields.map(([name, value]) => `${name}: ${value}`)]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** All values of one field joined by commas, or undefined when the head does not have it. */
export function fieldValue(head: { readonly fields: readonly Field[] }, name: string) {
  const wanted = name.toLowerCase()
  const values = head.fields.filter(([key]) => key.toLowerCase() === wanted)
  return values.length === 0 ? undefined : values.map(([, value]) => value).join(', ')
}

export function withoutFields<Head extends { readonly fields: readonly Field[] }>(
  head: Head,
  ...names: readonly string[]
): Head {
  const unwanted = new Set(names.map((name) => name.toLowerCase()))
  return { ...head, fields: head.fields.filter(([name]) => !unwanted.has(name.toLowerCase())) }
}

/** Sets one field, in place of all fields with its name in any letter case. */
export function withField<Head extends { readonly fields: readonly Field[] }>(
  head: Head,
  name: string,
  value: string,
): Head {
  const rest = withoutFields(head, name)
  return { ...rest, fields: [...rest.fields, [name, value]] }
}
