import { expect, test } from 'vitest'

import { RequestReader } from './request-reader.ts'

const wire =
  'POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc' +
  '\r\nPUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n' +
  'GET /f HTTP/1.0\r\n\r\n'

test('RequestReader reads successive requests of one connection, split at every offset', () => {
  for (let at = 0; at < wire.length; at += 1) {
    const reader = new RequestReader()
    const requests = [wire.slice(0, at), wire.slice(at)].flatMap((part) =>
      reader.push(Buffer.from(part)),
    )
    expect(
      requests.map(({ method, target, version, body }) => [
        method,
        target,
        version,
        body.toString(),
      ]),
    ).toEqual([
      ['POST', '/a?b', '1.1', 'abc'],
      ['PUT', '/c', '1.1', 'de'],
      ['GET', '/f', '1.0', ''],
    ])
    expect(reader.violations).toEqual([])
  }
})

test('RequestReader reports a malformed request line as a violation', () => {
  const reader = new RequestReader()
  reader.push(Buffer.from('nonsense\r\n\r\n'))
  expect(reader.violations).toHaveLength(1)
})
