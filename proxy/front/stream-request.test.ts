import { createServer, type IncomingMessage } from 'node:http'

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { listenOn } from '../listen.ts'
import { RawClient } from '../testing/raw-client.ts'
import { lastEventIdOf, readStreamRequest } from './stream-request.ts'

const MAX_HEAD_BYTES = 8192
const read = (text: string) => readStreamRequest(Buffer.from(text, 'latin1'), MAX_HEAD_BYTES)

describe('the head of a request', () => {
  it('that is plain is read', () => {
    const head = 'GET /a?b=c HTTP/1.1\r\nHost: x\r\nlast-event-id:  7 \r\nOrigin: https://a\r\n\r\n'
    expect(read(head)).toEqual({ framing: 'chunked', origin: 'https://a', lastEventId: '7' })
    expect(read('GET / HTTP/1.0\r\n\r\n')).toEqual({
      framing: 'plain',
      origin: undefined,
      lastEventId: undefined,
    })
  })

  it.each([
    'GET / HTTP/1.1\r\nHost: a\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\nmore',
    'GET / HTTP/1.1\nHost: a\n\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n',
    'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n',
    'GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
    'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
    'get / HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
    `GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ])('that is anything else is left to others: %j', (head) => {
    expect(read(head)).toBeUndefined()
  })

  it('takes the id from the header, else from the query, and an empty one for none', () => {
    expect(lastEventIdOf('/?lastEventId=q%20r', 'h')).toBe('h')
    expect(lastEventIdOf('/?lastEventId=q%20r', '')).toBe('q r')
    expect(lastEventIdOf('/?lastEventId=', undefined)).toBeUndefined()
    expect(lastEventIdOf('/?lasteventid=q', undefined)).toBeUndefined()
    expect(lastEventIdOf('/', Buffer.from('ü').toString('latin1'))).toBe('ü')
  })
})

describe('against node:http', () => {
  const requests: IncomingMessage[] = []
  let port = 0
  const server = createServer((request, response) => {
    requests.push(request)
    response.shouldKeepAlive = false
    response.end()
  })
  beforeAll(async () => {
    port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  })
  afterAll(() => server.close())

  const names = [
    'Host',
    'host',
    'Last-Event-ID',
    'Origin',
    'X',
    'X-\u00e4',
    'X ',
    '',
    'Expect',
    'Connection',
  ]
  const values = ['a', '', ' a', 'a\t', '\u00e4', 'a\0', 'a\rb', 'a,b', ':', '\u007f']
  const line = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(...values))
    .map(([name, value]) => `${name}:${value}`)
  const requestLine = fc.constantFrom(
    'GET / HTTP/1.1',
    'GET /a?b HTTP/1.0',
    'GET /\u00e4 HTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET * HTTP/1.1',
  )
  const heads = fc
    .tuple(
      requestLine,
      fc.array(line, { maxLength: 5 }),
      fc.constantFrom('\r\n', '\n', '\r\n', '\r\n'),
    )
    .map(([first, lines, end]) => [first, 'Host: h', ...lines, '', ''].join(end))

  it('takes no head that node:http refuses, and reads the same from those it takes', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(heads, async (head) => {
        const request = read(head)
        if (request === undefined) return
        taken += 1
        await using client = await RawClient.dial(port)
        client.socket.write(head, 'latin1')
        await client.closed()
        expect(client.head).toMatch(/ 200 OK/)
        const seen = requests.pop()
        expect(seen?.method).toBe('GET')
        expect(seen?.headers.origin).toBe(request.origin)
        const header = seen?.headers['last-event-id']
        expect(lastEventIdOf(seen?.url ?? '', String(header ?? ''))).toBe(request.lastEventId)
      }),
      { numRuns: 600 },
    )
    expect(taken).toBeGreaterThan(20)
  })
})
