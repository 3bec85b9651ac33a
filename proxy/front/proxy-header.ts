import { ipAddressOf } from './ip-address.ts'

/**
 * What a balancer says about the client, in a header before the client's bytes. `length` = bytes of
 * the header. `source` is undefined when the connection is the balancer's own, such as a health
 * check, or when it does not know an IP address.
 */
export type ProxyHeader =
  | { readonly kind: 'header'; readonly length: number; readonly source: string | undefined }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }

// [haproxy: proxy-protocol §2.1, §2.2]
const MAX_V1 = 107
const MAX_V2 = 536
export const MAX_PROXY_HEADER = MAX_V2

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const V1_START = Buffer.from('PROXY ', 'latin1')
const V2_FIXED = 16
const LINE = /^PROXY (?:UNKNOWN(?: [ -~]*)?|(TCP[46]) (\S+) (\S+) (\d{1,5}) (\d{1,5}))$/

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' }
const MALFORMED: ProxyHeader = { kind: 'malformed' }

/** Reads a header of the PROXY protocol, version 1 or 2, from all bytes received so far. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsAs(bytes, SIGNATURE)) return readVersion2(bytes)
  if (startsAs(bytes, V1_START)) return readVersion1(bytes)
  return MALFORMED
}

/** Whether the bytes are the start of this text, or begin with it. */
function startsAs(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.compare(start, 0, length, 0, length) === 0
}

function readVersion1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, MAX_V1).indexOf('\r\n')
  if (end === -1) return bytes.length < MAX_V1 ? INCOMPLETE : MALFORMED
  const line = LINE.exec(bytes.toString('latin1', 0, end))
  if (line === null) return MALFORMED
  const [, family, source, destination, ...ports] = line
  const length = end + 2
  if (family === undefined) return { kind: 'header', length, source: undefined }
  const isSound =
    isOfFamily(family, source) && isOfFamily(family, destination) && ports.every(isPort)
  if (!isSound) return MALFORMED
  return { kind: 'header', length, source: ipAddressOf(source ?? '') }
}

function isOfFamily(family: string, address = ''): boolean {
  return ipAddressOf(address) !== undefined && address.includes(':') === (family === 'TCP6')
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && Number(text) <= 65_535 && (text === '0' || !text.startsWith('0'))
}

function readVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_FIXED) return INCOMPLETE
  const [versionAndCommand = 0, family = 0] = bytes.subarray(SIGNATURE.length)
  const length = V2_FIXED + bytes.readUInt16BE(SIGNATURE.length + 2)
  const isLocal = versionAndCommand === 0x20
  if ((!isLocal && versionAndCommand !== 0x21) || length > MAX_V2) return MALFORMED
  if (bytes.length < length) return INCOMPLETE
  const body = bytes.subarray(V2_FIXED, length)
  const known = FAMILIES.get(family)
  if (!isLocal && (known === undefined || body.length < known.bytes)) return MALFORMED
  return { kind: 'header', length, source: isLocal ? undefined : known?.sourceIn(body) }
}

interface Family {
  /** Smallest length of the part with addresses. What follows it are TLVs, which are skipped. */
  readonly bytes: number
  readonly sourceIn: (body: Buffer) => string | undefined
}

const none = (): undefined => undefined

/** By the byte for family and transport: UNSPEC, TCP and UDP over IPv4 and IPv6, Unix sockets. */
const FAMILIES: ReadonlyMap<number, Family> = new Map<number, Family>([
  [0x00, { bytes: 0, sourceIn: none }],
  [0x11, { bytes: 12, sourceIn: (body) => body.subarray(0, 4).join('.') }],
  [0x12, { bytes: 12, sourceIn: none }],
  [0x21, { bytes: 36, sourceIn: (body) => ipAddressOf(groupsOf(body.subarray(0, 16))) }],
  [0x22, { bytes: 36, sourceIn: none }],
  [0x31, { bytes: 216, sourceIn: none }],
  [0x32, { bytes: 216, sourceIn: none }],
])

function groupsOf(address: Buffer): string {
  return (address.toString('hex').match(/.{4}/g) ?? []).join(':')
}
