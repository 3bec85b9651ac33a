import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { healthOf } from '../testing/health.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'

const answerWith = (status: string, ...fields: readonly string[]) =>
  [`HTTP/1.1 ${status}`, ...fields, 'Content-Length: 0', '', ''].join('\r\n')

describe('a back end', () => {
  it('BackEnd connects once, before any client, with credentials and httpHeaders', async () => {
    await using backEnd = await startBackEnd()
    const backends = [
      {
        uri: `${backEnd.uri}?a=b`,
        credentials: { username: 'user', password: 'pässword' },
        httpHeaders: { Host: 'cue.example.com', 'X-One': 'two', accept: 'text/event-stream;v=1' },
      },
    ]
    await using proxy = await runProxy({ backEnds: [], blocks: { backends } })
    await proxy.healthy()
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.get({ port: proxy.port })))
    backEnd.send('data: x\n\n')
    await Promise.all(clients.map((client) => client.received(1)))
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
    expect(backEnd.requests).toHaveLength(1)
    const lines = (backEnd.requests[0] ?? '').split('\r\n')
    expect(lines[0]).toBe('GET /sse?a=b HTTP/1.1')
    expect(lines).toContain(
      `Authorization: Basic ${Buffer.from('user:pässword').toString('base64')}`,
    )
    expect(lines).toContain('Host: cue.example.com')
    expect(lines).toContain('X-One: two')
    expect(lines.filter((line) => /^accept:/i.test(line))).toEqual([
      'accept: text/event-stream;v=1',
    ])
  })

  it.each(['end', 'reset'] as const)(
    'BackEnd reconnects after %s of the connection, and clients stay connected',
    async (how) => {
      await using backEnd = await startBackEnd()
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      await proxy.healthy()
      await using client = await RawClient.get({ port: proxy.port })
      backEnd.send('data: 1\n\ndata: cut o')
      await client.received(1)
      backEnd.drop(how)
      await backEnd.requested(2)
      await proxy.healthy()
      backEnd.send('ff\n\ndata: 2\n\n')
      await eventually('the later event arrives', () => client.data.includes('2'))
      // A partial event of a lost connection never becomes part of an event of the next one.
      expect(client.data.filter((data) => data.includes('cut'))).toEqual([])
      expect(client.isClosed).toBe(false)
      expect(backEnd.mostOpen).toBe(1)
    },
  )

  it('BackEnd reconnects until a back end that is down at the start is up', async () => {
    const gone = await startBackEnd()
    await gone[Symbol.asyncDispose]()
    await using proxy = await runProxy({ backEnds: [gone.uri] })
    await using client = await RawClient.get({ port: proxy.port })
    const health = await healthOf(proxy.adminPort)
    expect(health.status).toBe(500)
    expect(health.message).toMatch(/ECONNREFUSED|connecting/)
    await using back = await startBackEnd({ port: gone.port })
    await proxy.healthy()
    back.send('data: 1\n\n')
    await eventually('the event arrives', () => client.data.includes('1'))
  })

  it.each([
    ['401 Unauthorized', /answered 401, expected 200: check backends\[\]\.credentials/],
    ['403 Forbidden', /answered 403/],
    ['404 Not Found', /answered 404, expected 200: check backends\[\]\.uri/],
  ])('BackEnd retries after the longest wait when the response is %s', async (status, message) => {
    const requestedMs: number[] = []
    await using backEnd = await startBackEnd({
      answer: (_request, number) => {
        requestedMs.push(performance.now())
        return number === 1 ? answerWith(status) : STREAM_HEAD
      },
    })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { reconnectFirstMs: 10, reconnectCapMs: 600, reconnectJitter: 0 } },
    })
    await backEnd.requested(1)
    await eventually('the answer is known', () => backEnd.open === 0)
    expect((await healthOf(proxy.adminPort)).message).toMatch(message)
    await backEnd.requested(2)
    const [firstMs = 0, secondMs = 0] = requestedMs
    expect(secondMs - firstMs).toBeGreaterThan(500)
  })

  it.each(['TEXT/Event-Stream;charset=ISO-8859-1', 'text/event-stream ; x=y', 'text/event-stream'])(
    'BackEnd accepts a stream of the content type %s',
    async (type) => {
      const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n\r\n`
      await using backEnd = await startBackEnd({ answer: () => head })
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      await proxy.healthy()
      expect(backEnd.open).toBe(1)
    },
  )

  it.each(['text/html', 'text/event-streamer', 'text/event-stream, text/html'])(
    'BackEnd refuses a response of the content type %s and disconnects',
    async (type) => {
      const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n\r\n`
      await using backEnd = await startBackEnd({ answer: () => head })
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      await backEnd.requested(1)
      await eventually('it is let go', () => backEnd.open === 0)
      expect((await healthOf(proxy.adminPort)).message).toMatch(/expected text\/event-stream/)
    },
  )

  it('BackEnd disconnects when a frame is too large, and the proxy keeps running', async () => {
    await using large = await startBackEnd()
    await using good = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [large.uri, good.uri],
      settings: {
        maxFrameBytes: 10_000,
        backEnd: { reconnectFirstMs: 50, reconnectCapMs: 50, reconnectJitter: 0 },
      },
    })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    large.send(`data: before\n\ndata: ${'x'.repeat(20_000)}`)
    await large.requested(2)
    good.send('data: good\n\n')
    await eventually('the other one is heard', () => client.data.includes('good'))
    expect(client.data).toContain('before')
    expect(client.isClosed).toBe(false)
  })

  it('BackEnd accepts lines of 8 MiB, and sends no unfinished event to clients', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    const line = 'x'.repeat(8 * 1_048_576)
    backEnd.send(`data: ${line}\n\ndata: unfinished\n`)
    const [event] = await client.received(1)
    expect(event?.data === line).toBe(true)
    backEnd.drop('end')
    await backEnd.requested(2)
    await proxy.healthy()
    backEnd.send('data: next\n\n')
    await eventually('the next event arrives', () => client.data.includes('next'))
    expect(client.data.slice(1).filter((data) => !data.includes('outage'))).toEqual(['next'])
  })

  it('BackEnd replaces a connection that is silent for silenceMs, and a comment ends the silence', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: {
        backEnd: { silenceMs: 400, reconnectFirstMs: 20, reconnectCapMs: 20, reconnectJitter: 0 },
      },
    })
    await proxy.healthy()
    const beats = setInterval(() => backEnd.send(':\n'), 50)
    try {
      const startedMs = performance.now()
      await eventually('a second has passed', () => performance.now() - startedMs > 1000)
      expect(backEnd.requests).toHaveLength(1)
    } finally {
      clearInterval(beats)
    }
    await backEnd.requested(2)
  })

  it('BackEnd disconnects when no response head arrives within headMs', async () => {
    await using backEnd = await startBackEnd({ answer: () => 'HTTP/1.1 200 OK\r\n' })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: {
        backEnd: { headMs: 100, reconnectFirstMs: 20, reconnectCapMs: 20, reconnectJitter: 0 },
      },
    })
    expect(proxy.port).toBeGreaterThan(0)
    await backEnd.requested(3)
    expect(backEnd.mostOpen).toBe(1)
  })
})
