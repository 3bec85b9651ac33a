import { describe, expect, it } from 'vitest'

import { version2 } from '../testing/proxy-header-bytes.ts'
import { readProxyHeader } from './proxy-header.ts'

const bytes = (length: number, value = 0): readonly number[] => Array.from({ length }, () => value)

const TCP4 = version2({ family: 0x11, body: [192, 0, 2, 1, 198, 51, 100, 2, 0x30, 0x39, 0, 80] })
const TCP6 = version2({
  family: 0x21,
  body: [0x20, 0x01, 0x0d, 0xb8, ...bytes(11), 1, ...bytes(20)],
})
const UNIX = version2({ family: 0x31, body: bytes(216, 0x61) })

const SOUND: readonly (readonly [what: string, header: Buffer, source: string | undefined])[] = [
  ['TCP4', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 12345 80\r\n'), '192.0.2.1'],
  ['TCP6', Buffer.from('PROXY TCP6 2001:DB8:0::1 ::1 0 65535\r\n'), '2001:db8::1'],
  ['mapped IPv4', Buffer.from('PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n'), '192.0.2.1'],
  ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  ['UNKNOWN with a rest', Buffer.from('PROXY UNKNOWN ffff:: ffff:: 1 2\r\n'), undefined],
  ['107 bytes', Buffer.from(`PROXY UNKNOWN ${'a'.repeat(91)}\r\n`), undefined],
  ['version 2 over IPv4', TCP4, '192.0.2.1'],
  ['version 2 over IPv6', TCP6, '2001:db8::1'],
  ['version 2 over a Unix socket', UNIX, undefined],
  ['UNSPEC', version2({ family: 0, body: [] }), undefined],
  ['UNSPEC with addresses', version2({ family: 0, body: bytes(40, 7) }), undefined],
  ['LOCAL', version2({ command: 0, family: 0, body: [] }), undefined],
  [
    'LOCAL with an address',
    version2({ command: 0, family: 0x11, body: TCP4.subarray(16) }),
    undefined,
  ],
  [
    'TLVs after the addresses',
    version2({ family: 0x11, body: [...TCP4.subarray(16), 0x04, 0, 3, 1, 2, 3, 0x20, 0, 0] }),
    '192.0.2.1',
  ],
  [
    '536 bytes',
    version2({ family: 0x11, body: [...TCP4.subarray(16), ...bytes(508)] }),
    '192.0.2.1',
  ],
]

const MALFORMED: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['a request', Buffer.from('GET / HTTP/1.1\r\n')],
  ['lower case', Buffer.from('proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n')],
  ['no family', Buffer.from('PROXY \r\n')],
  ['an unknown family', Buffer.from('PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n')],
  ['a name instead of an address', Buffer.from('PROXY TCP4 localhost 1.2.3.4 1 2\r\n')],
  ['IPv6 as TCP4', Buffer.from('PROXY TCP4 ::1 ::1 1 2\r\n')],
  ['IPv4 as TCP6', Buffer.from('PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n')],
  ['a bad destination', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3 1 2\r\n')],
  ['an address with a zero in front', Buffer.from('PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n')],
  ['a port above 65535', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n')],
  ['a port with a zero in front', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n')],
  ['one port', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n')],
  ['two spaces', Buffer.from('PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n')],
  ['a space at the end', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n')],
  ['LF alone', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 2\nGET / HTTP/1.1\r\n')],
  ['108 bytes', Buffer.from(`PROXY UNKNOWN ${'a'.repeat(92)}\r\n`)],
  ['107 bytes without an end', Buffer.from(`PROXY UNKNOWN ${'a'.repeat(93)}`)],
  ['version 1 in the signature of version 2', version2({ version: 1, family: 0x11, body: [] })],
  ['version 3', version2({ version: 3, family: 0x11, body: TCP4.subarray(16) })],
  ['command 2', version2({ command: 2, family: 0x11, body: TCP4.subarray(16) })],
  ['an unknown family in version 2', version2({ family: 0x41, body: bytes(40) })],
  ['an unknown transport', version2({ family: 0x13, body: TCP4.subarray(16) })],
  ['IPv4 addresses of 11 bytes', version2({ family: 0x11, body: TCP4.subarray(16, 27) })],
  ['IPv6 addresses of 35 bytes', version2({ family: 0x21, body: TCP6.subarray(16, 51) })],
  ['537 bytes', version2({ family: 0x11, body: bytes(521) })],
]

describe('readProxyHeader', () => {
  it.each(SOUND)('readProxyHeader finds source and length in %s', (_what, header, source) => {
    const result = { kind: 'header', length: header.length, source }
    expect(readProxyHeader(header)).toEqual(result)
    expect(readProxyHeader(Buffer.concat([header, Buffer.from('GET /\r\n')]))).toEqual(result)
  })

  it.each(SOUND)('readProxyHeader waits for the rest of %s at every place', (_what, header) => {
    for (let length = 1; length < header.length; length += 1) {
      expect(readProxyHeader(header.subarray(0, length))).toEqual({ kind: 'incomplete' })
    }
  })

  it.each(MALFORMED)('readProxyHeader refuses %s', (_what, header) => {
    expect(readProxyHeader(header)).toEqual({ kind: 'malformed' })
  })

  it('readProxyHeader refuses a byte that no header has at its place, at once', () => {
    for (const header of [TCP4.subarray(0, 12), Buffer.from('PROXY ')]) {
      for (let at = 1; at < header.length; at += 1) {
        const spoilt = Buffer.from(header.subarray(0, at + 1))
        spoilt[at] = 0x7f
        expect(readProxyHeader(spoilt)).toEqual({ kind: 'malformed' })
      }
    }
  })
})
