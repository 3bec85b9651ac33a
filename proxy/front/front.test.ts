import { connect } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { RawClient, requestText } from '../testing/raw-client.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'

let backEnd: ScriptedBackEnd
let proxy: ProxyUnderTest

beforeAll(async () => {
  backEnd = await startBackEnd()
  proxy = await runProxy({
    backEnds: [backEnd.uri],
    settings: { headMs: 2000, maxHeadBytes: 2048 },
    blocks: { cors: { allowedOrigins: 'https://a.example,https://*.b.example' } },
  })
  await proxy.healthy()
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await backEnd[Symbol.asyncDispose]()
})

/** Sends the bytes and waits for the end of the answer. */
async function answerTo(text: string): Promise<string> {
  await using client = await RawClient.dial(proxy.port)
  client.socket.write(text, 'latin1')
  await client.closed()
  return client.bytes.toString('latin1')
}

/** Shows that the client has a live stream: an event that is sent now arrives. */
async function expectStream(client: RawClient): Promise<void> {
  const marker = `marker-${Math.random()}`
  backEnd.send(`data: ${marker}\n\n`)
  await eventually('the marker arrives', () => client.data.includes(marker))
}

describe('a request for the stream', () => {
  it.each(['/', '/sse', '/webservice/escenic/changelog/sse?a=b', '//a/../b'])(
    'a stream request for the path %s gets the response head at once, before any event',
    async (path) => {
      await using client = await RawClient.get({ port: proxy.port, path })
      expect(client.head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(client.head).toMatch(/^content-type: text\/event-stream$/im)
      expect(client.head).toMatch(/^transfer-encoding: chunked$/im)
      expect(client.head).toMatch(/^date: \w{3}, /im)
      expect(client.head).not.toMatch(/content-encoding|content-length/i)
      await expectStream(client)
    },
  )

  it('a request for the stream needs no Accept field, and gets no compression', async () => {
    await using client = await RawClient.get({
      port: proxy.port,
      fields: ['Accept: application/json', 'Accept-Encoding: gzip, br'],
    })
    expect(client.head).toMatch(/200 OK/)
    expect(client.head).not.toMatch(/content-encoding/i)
    await expectStream(client)
  })

  it('a HTTP/1.0 request gets a body that ends with the connection', async () => {
    await using client = await RawClient.get({ port: proxy.port, version: '1.0' })
    expect(client.head).not.toMatch(/transfer-encoding/i)
    await expectStream(client)
    expect(client.body.toString()).toMatch(/^id: [^\n]+\n\n(id: [^\n]+\ndata: [^\n]+\n\n)+$/)
  })

  it('a request head in several pieces gets the stream', async () => {
    await using client = await RawClient.dial(proxy.port)
    const text = requestText({ path: '/pieces' })
    for (const byte of text) {
      client.socket.write(byte)
      await new Promise(setImmediate)
    }
    await eventually('the head is there', () => client.head)
    expect(client.head).toMatch(/200 OK/)
    await expectStream(client)
  })

  it('a request head in two pieces gets the stream, wherever it is cut', async () => {
    const text = requestText({ path: '/two', fields: ['Origin: https://a.example'] })
    for (let cut = 1; cut < text.length; cut += 1) {
      await using client = await RawClient.dial(proxy.port)
      client.socket.write(text.slice(0, cut))
      await new Promise(setImmediate)
      client.socket.write(text.slice(cut))
      await eventually('the head is there', () => client.head)
      expect(client.head).toMatch(/200 OK[^]*Access-Control-Allow-Origin: https:\/\/a\.example/)
    }
  })

  it('bytes after the request head do not change the stream', async () => {
    await using client = await RawClient.dial(proxy.port)
    client.socket.write(requestText({}) + requestText({ path: '/second' }))
    await eventually('the head is there', () => client.head)
    await expectStream(client)
    client.socket.write(requestText({ path: '/third' }))
    await expectStream(client)
    expect(client.bytes.toString('latin1').match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  it('a stream ends when the client half-closes its connection', async () => {
    await using client = await RawClient.get({ port: proxy.port })
    client.socket.end()
    await client.closed()
    expect(client.error).toBeUndefined()
  })
})

describe('other methods', () => {
  it('HEAD gets the fields of GET and no body', async () => {
    const answer = await answerTo(requestText({ method: 'HEAD' }))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toMatch(/content-type: text\/event-stream/i)
    expect(answer.split('\r\n\r\n')[1]).toBe('')
  })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'])(
    'a %s request gets 405 with Allow',
    async (method) => {
      const answer = await answerTo(requestText({ method, fields: ['Content-Length: 0'] }))
      expect(answer).toMatch(/^HTTP\/1\.1 405 /)
      expect(answer).toMatch(/allow: GET, HEAD, OPTIONS/i)
    },
  )

  it('CONNECT gets 405', async () => {
    expect(await answerTo('CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /)
  })

  it('OPTIONS gets the allowed methods', async () => {
    const answer = await answerTo(requestText({ method: 'OPTIONS' }))
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toMatch(/allow: GET, HEAD, OPTIONS/i)
  })
})

describe('an invalid request', () => {
  it.each([
    ['words', 'hello\r\n\r\n'],
    ['words after blank lines', '\r\n\r\nhello\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\nAccept: */*\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['a NUL in a field', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n'],
    [
      'a length and a coding',
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n'],
    ['a body', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'],
  ])('a malformed request gets 400, in one piece or two: %s', async (_what, text) => {
    expect(await answerTo(text)).toMatch(/^HTTP\/1\.1 400 /)
    await using client = await RawClient.dial(proxy.port)
    const cut = text.indexOf('\n') + 1
    client.socket.write(text.slice(0, cut))
    await new Promise(setImmediate)
    client.socket.write(text.slice(cut))
    await client.closed()
    expect(client.bytes.toString()).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('a request head that ends in the middle gets 400', async () => {
    await using client = await RawClient.dial(proxy.port)
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n')
    await new Promise(setImmediate)
    client.socket.end()
    await client.closed()
    expect(client.bytes.toString()).toMatch(/^HTTP\/1\.1 400 /)
  })

  it.each([
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\n',
    'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
    'GET / HTTP/3.0\r\nHost: a\r\n\r\n',
    '\r\nGET / HTTP/0.9\r\nHost: a\r\n\r\n',
    'GET /\r\n\r\n',
  ])('another major version of HTTP gets 505: %j', async (text) => {
    expect(await answerTo(text)).toMatch(/^HTTP\/1\.1 505 /)
    await using client = await RawClient.dial(proxy.port)
    for (const byte of text) {
      client.socket.write(byte)
      await new Promise(setImmediate)
    }
    await client.closed()
    expect(client.bytes.toString()).toMatch(/^HTTP\/1\.1 505 /)
  })

  it('a request head that is too large gets 431, in one piece or many', async () => {
    const large = requestText({ fields: [`X-Large: ${'x'.repeat(4000)}`] })
    expect(await answerTo(large)).toMatch(/^HTTP\/1\.1 431 /)
    await using client = await RawClient.dial(proxy.port)
    client.socket.write(large.slice(0, 100))
    await new Promise(setImmediate)
    client.socket.write(large.slice(100))
    await client.closed()
    expect(client.bytes.toString()).toMatch(/^HTTP\/1\.1 431 /)
  })

  it.each(['', 'GET / HTT', 'GET / HTTP/1.1\r\nHost: a\r\n'])(
    'a request head that stays incomplete is disconnected: %j',
    async (text) => {
      await using client = await RawClient.dial(proxy.port)
      if (text !== '') client.socket.write(text)
      await client.closed()
      expect(client.head).toBeUndefined()
    },
  )

  it('an incomplete request is dropped when the client disconnects', async () => {
    const socket = connect(proxy.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('GET')
    socket.resetAndDestroy()
    await using client = await RawClient.get({ port: proxy.port })
    expect(client.head).toMatch(/200 OK/)
    await expectStream(client)
  })
})

describe('cross-origin requests', () => {
  it.each(['https://a.example', 'https://x.b.example', 'https://x.y.b.example'])(
    'a response echoes the allowed origin %s, with credentials',
    async (allowed) => {
      await using client = await RawClient.get({ port: proxy.port, fields: [`Origin: ${allowed}`] })
      expect(client.head).toContain(`Access-Control-Allow-Origin: ${allowed}\r\n`)
      expect(client.head).toContain('Access-Control-Allow-Credentials: true')
      expect(client.head).toContain('Vary: Origin')
    },
  )

  it.each([
    'https://b.example',
    'http://a.example',
    'https://a.example.evil',
    'https://xb.example',
    'null',
  ])('a request of %s gets the stream without CORS fields', async (foreign) => {
    await using client = await RawClient.get({ port: proxy.port, fields: [`Origin: ${foreign}`] })
    expect(client.head).not.toMatch(/access-control/i)
    await expectStream(client)
  })

  it('a preflight gets CORS fields only for an allowed origin, method and header', async () => {
    const allowed = await ask('GET', 'accept, X-REQUESTED-WITH')
    expect(allowed).toMatch(/access-control-allow-origin: https:\/\/a\.example/i)
    expect(allowed).toMatch(/access-control-max-age: 1800/i)
    expect(allowed).toMatch(/access-control-allow-methods: GET,POST,HEAD/i)
    expect(allowed).toMatch(
      /access-control-allow-headers: X-Requested-With,Content-Type,Accept,Origin,Last-Event-ID\r/i,
    )
    expect(await ask('GET', 'last-event-id')).toMatch(/access-control-allow-origin/i)
    expect(await ask('DELETE', 'accept')).not.toMatch(/access-control/i)
    expect(await ask('GET', 'x-other')).not.toMatch(/access-control/i)
    expect(await ask('get', 'accept')).not.toMatch(/access-control/i)
  })
})

/** Answer to a preflight from an allowed origin. */
async function ask(method: string, headers: string): Promise<string> {
  const fields = [
    'Origin: https://a.example',
    `Access-Control-Request-Method: ${method}`,
    `Access-Control-Request-Headers: ${headers}`,
  ]
  return await answerTo(requestText({ method: 'OPTIONS', fields }))
}

describe('a preflight when every header is allowed', () => {
  it('a preflight names the requested headers when every header is allowed', async () => {
    await using open = await runProxy({
      backEnds: [backEnd.uri],
      blocks: { cors: { allowedHeaders: '*' } },
    })
    const fields = [
      'Origin: https://a.example',
      'Access-Control-Request-Method: GET',
      'Access-Control-Request-Headers: x-one, last-event-id',
    ]
    await using client = await RawClient.dial(open.port)
    client.socket.write(requestText({ method: 'OPTIONS', fields }))
    await client.closed()
    expect(client.head).toMatch(/access-control-allow-headers: x-one,last-event-id\r/i)
  })
})
