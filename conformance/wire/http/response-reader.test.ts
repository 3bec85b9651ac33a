import { expect, test } from 'vitest'

import { ResponseReader } from './response-reader.ts'

interface Reading {
  readonly wire: string
  readonly method?: string
  readonly fin?: boolean
}

function read({ wire, method = 'GET', fin = false }: Reading, split?: number) {
  const reader = new ResponseReader(method)
  const bytes = Buffer.from(wire, 'latin1')
  const chunks = split === undefined ? [bytes] : [bytes.subarray(0, split), bytes.subarray(split)]
  const body = Buffer.concat(chunks.map((chunk) => reader.push(chunk))).toString('latin1')
  if (fin) reader.end()
  return { state: reader.state, body, violations: reader.violations, framing: reader.head?.framing }
}

const good: readonly (Reading & { name: string; body: string; framing: string; state?: string })[] =
  [
    {
      name: 'chunked',
      wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0000000000A;x=y\r\n0123456789\r\n0\r\n\r\n',
      body: 'abc0123456789',
      framing: 'chunked',
    },
    {
      name: 'chunked with a trailer',
      wire: 'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n',
      body: 'a',
      framing: 'chunked',
    },
    {
      name: 'counted',
      wire: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd',
      body: 'abcd',
      framing: 'length',
    },
    {
      name: 'close-delimited',
      wire: 'HTTP/1.0 200 OK\r\n\r\nabcd',
      fin: true,
      body: 'abcd',
      framing: 'close',
    },
    {
      name: 'answer to HEAD',
      method: 'HEAD',
      wire: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n',
      body: '',
      framing: 'none',
    },
    { name: 'empty', wire: 'HTTP/1.1 204 No Content\r\n\r\n', body: '', framing: 'none' },
    {
      name: 'after an interim answer',
      wire: 'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na',
      body: 'a',
      framing: 'length',
    },
  ]

for (const { name, body, framing, ...reading } of good) {
  test(`ResponseReader reads a response that is ${name}, whole and split at every offset`, () => {
    const expected = { state: 'complete', body, violations: [], framing }
    expect(read(reading)).toEqual(expected)
    for (let at = 1; at < reading.wire.length; at += 1) {
      expect(read(reading, at), `split at ${at}`).toEqual(expected)
    }
  })
}

const bad: readonly (Reading & { name: string; state: string; violation: RegExp })[] = [
  {
    name: 'a stream that is not HTTP',
    wire: 'ICY 200 OK\r\n',
    state: 'broken',
    violation: /status line/,
  },
  {
    name: 'a bad chunk size',
    wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    state: 'broken',
    violation: /chunk size/,
  },
  {
    name: 'a chunk longer than its size',
    wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n',
    state: 'broken',
    violation: /expected CRLF/,
  },
  {
    name: 'a chunked body without its last chunk',
    wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n',
    fin: true,
    state: 'cut',
    violation: /^$/,
  },
  {
    name: 'a counted body that is short',
    wire: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab',
    fin: true,
    state: 'cut',
    violation: /^$/,
  },
  {
    name: 'two framings at once',
    wire: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    state: 'complete',
    violation: /Content-Length and Transfer-Encoding/,
  },
  {
    name: 'two lengths',
    wire: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
    state: 'body',
    violation: /1 and 2/,
  },
  {
    name: 'lines that end with LF alone',
    wire: 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    state: 'complete',
    violation: /LF alone/,
  },
  {
    name: 'a space before the colon',
    wire: 'HTTP/1.1 200 OK\r\nContent-Type : a\r\nContent-Length: 0\r\n\r\n',
    state: 'complete',
    violation: /field name/,
  },
  {
    name: 'a NUL in a header',
    wire: 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n',
    state: 'complete',
    violation: /control character/,
  },
]

for (const { name, state, violation, ...reading } of bad) {
  test(`ResponseReader reports ${name} as a violation`, () => {
    const seen = read(reading)
    expect(seen.state).toBe(state)
    expect(seen.violations.join('\n')).toMatch(violation)
  })
}

test('ResponseReader leaves bytes after a complete response for the next one', () => {
  const reader = new ResponseReader('GET')
  reader.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 '))
  expect(reader.takeRest().toString()).toBe('HTTP/1.1 ')
})
