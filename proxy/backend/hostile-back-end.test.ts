import { describe, expect, it } from 'vitest'

import { BoundaryGuard, type CaughtException } from '../boundary-guard.ts'
import { proxySettings } from '../config/settings.ts'
import { eventually } from '../testing/deadline.ts'
import { healthOf } from '../testing/health.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'
import { CookieJar } from './cookie-jar.ts'
import type { UpstreamEnd } from './upstream-end.ts'
import { Upstream } from './upstream.ts'

const answer = (status: string, ...fields: readonly string[]) =>
  [`HTTP/1.1 ${status}`, ...fields, 'Content-Length: 0', '', ''].join('\r\n')
const streamHead = (...fields: readonly string[]) =>
  STREAM_HEAD.replace('\r\n', `\r\n${fields.join('\r\n')}\r\n`)
/** One attempt; the next one is later than the end of the test. */
const ONCE = { reconnectFirstMs: 60_000, reconnectCapMs: 60_000 }
const url = (number: number) => `http://store/changelog/section/${number}`

const nowMs = () => performance.now()

describe('an id of a back end', () => {
  it.each([
    ['of 20 KB', 'x'.repeat(20_480), /dropped an id of 20480 bytes, the limit is 1024/],
    ['with a control character', 'a\u0001b', /dropped an id with control characters/],
  ])(
    'BackEnd does not send back an id %s: the health check names it, and clients get a gap event after a loss',
    async (_what, id, notice) => {
      await using backEnd = await startBackEnd()
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      await proxy.healthy()
      await using client = await RawClient.get({ port: proxy.port })
      backEnd.send(`id: 1\ndata: ${url(1)}\n\nid: ${id}\ndata: ${url(2)}\n\n`)
      await client.received(2)
      const { status, message } = await healthOf(proxy.adminPort)
      expect(status).toBe(200)
      expect(message).toMatch(notice)
      backEnd.drop('end')
      await backEnd.requested(2)
      expect(backEnd.requests[1]).not.toMatch(/last-event-id/i)
      await client.received(5)
      expect(client.data.slice(2)).toEqual(['{"reason":"outage"}', url(1), url(2)])
    },
  )

  it('BackEnd forwards no id that is too long for a client to send back', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { replay: { ids: 'upstream' } },
    })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    backEnd.send(`id: a\ndata: 1\n\nid: ${'x'.repeat(1025)}\ndata: 2\n\nid: c\ndata: 3\n\n`)
    await client.received(3)
    expect(client.events.map(({ lastEventId }) => lastEventId)).toEqual(['a', 'a', 'c'])
  })

  it.each(['431 Too Large', '400 Bad Request'])(
    'BackEnd forgets its id and cookies when the back end answers %s',
    async (status) => {
      await using backEnd = await startBackEnd({
        answer: (request) =>
          /last-event-id|cookie/i.test(request)
            ? answer(status)
            : streamHead('Set-Cookie: a=1; Path=/'),
      })
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      await proxy.healthy()
      await using client = await RawClient.get({ port: proxy.port })
      backEnd.send(`id: 1\ndata: ${url(1)}\n\n`)
      await client.received(1)
      backEnd.drop('end')
      await backEnd.requested(3)
      await proxy.healthy()
      expect(backEnd.requests[1]).toMatch(/^Last-Event-ID: 1\r$/m)
      await client.received(3)
      expect(client.data.slice(1)).toEqual(['{"reason":"outage"}', url(1)])
    },
  )
})

describe('what a back end answers', () => {
  it.each([
    ['12 KB of one name', 'x'.repeat(12_288), 0],
    ['900 names', Array.from({ length: 900 }, (_, n) => `p${n}`).join(', '), 31],
    ['invalid names', 'a b, "c", \u00e4, ok', 1],
  ])('BackEnd forwards a bounded SSE-Proxy-Chain of %s', async (_what, chain, kept) => {
    await using backEnd = await startBackEnd({
      answer: () => streamHead(`SSE-Proxy-Chain: ${chain}`),
    })
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    expect((await healthOf(proxy.adminPort)).message).toContain('names of SSE-Proxy-Chain')
    await using client = await RawClient.get({ port: proxy.port })
    expect(client.head?.length).toBeLessThan(2048)
    const names = /^SSE-Proxy-Chain: (.*)$/m.exec(client.head ?? '')?.[1]?.split(', ') ?? []
    expect(names).toHaveLength(kept + 1)
  })

  it('BackEnd sends back at most 4 KiB of cookies', async () => {
    const cookies = Array.from(
      { length: 10 },
      (_, n) => `Set-Cookie: c${n}=${'v'.repeat(1000)}; Path=/`,
    )
    await using backEnd = await startBackEnd({ answer: () => streamHead(...cookies) })
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    backEnd.drop('end')
    await backEnd.requested(2)
    const [field = ''] = /^Cookie: .*$/m.exec(backEnd.requests[1] ?? '') ?? []
    expect(field.length).toBeLessThan(4200)
    expect(field).toContain('c9=v')
  })

  it.each([
    ['a head of 20 KB', streamHead(`X: ${'x'.repeat(20_480)}`), /Header overflow/i],
    [
      'a thousand interim responses',
      'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000),
      /interim responses/,
    ],
    [
      'a protocol switch',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      /answered 101/,
    ],
    [
      'both Transfer-Encoding and Content-Length',
      streamHead('Transfer-Encoding: chunked', 'Content-Length: 3'),
      /Parse Error/,
    ],
    ['an invalid chunk', `${streamHead('Transfer-Encoding: chunked')}xyz\r\n`, /Parse Error/],
    ['no status line', 'data: x\n\n', /Parse Error/],
    ['an invalid status', answer('999 x'), /answered 999/],
    ['status 204', 'HTTP/1.1 204 No Content\r\n\r\n', /answered 204/],
  ])('BackEnd ends only the connection when the response has %s', async (_what, bytes, pattern) => {
    await using bad = await startBackEnd({ answer: () => bytes })
    await using good = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [bad.uri, good.uri],
      settings: { backEnd: ONCE },
    })
    await eventually(`health says ${pattern.source}`, async () =>
      pattern.test((await healthOf(proxy.adminPort)).message),
    )
    await eventually('it is let go', () => bad.open === 0)
    await using client = await RawClient.get({ port: proxy.port })
    await eventually('the other one is connected', () => good.open === 1)
    good.send('data: good\n\n')
    await eventually('the other one is heard', () => client.data.includes('good'))
    expect(client.isClosed).toBe(false)
  })

  it('BackEnd disconnects when a response head that arrives byte by byte does not end', async () => {
    await using backEnd = await startBackEnd({ answer: () => 'HTTP/1.1 200 OK\r\nX: ' })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { ...ONCE, headMs: 300 } },
    })
    await backEnd.requested(1)
    const drip = setInterval(() => backEnd.send('x'), 20)
    try {
      await eventually('it is given up', async () =>
        (await healthOf(proxy.adminPort)).message.includes('no response head within 300 ms'),
      )
    } finally {
      clearInterval(drip)
    }
    expect(backEnd.requests).toHaveLength(1)
  })

  it.each([
    ['99999999999999999999', 3600],
    ['-5', 0],
    ['1e9', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3600],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', 0],
  ])('BackEnd waits at most the bounded time for Retry-After %j: %i s', async (field, seconds) => {
    await using backEnd = await startBackEnd({
      answer: () => answer('503 Busy', `Retry-After: ${field}`),
    })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { ...ONCE, reconnectJitter: 0 } },
    })
    const message = await eventually('it is waited for', async () => {
      const health = await healthOf(proxy.adminPort)
      return health.message.includes('answered 503') && health.message
    })
    const next = Number(/next attempt in (\d+) s/.exec(message)?.[1])
    expect(next).toBeGreaterThan(Math.max(60, seconds) - 30)
    expect(next).toBeLessThanOrEqual(Math.max(60, seconds))
  })

  it('the health check names a back end host that does not exist', async () => {
    await using proxy = await runProxy({ backEnds: ['http://no-such-host.invalid/'] })
    const message = await eventually('health names it', async () => {
      const health = await healthOf(proxy.adminPort)
      return health.message.includes('not connected') && health.message
    })
    expect(message).toMatch(/ENOTFOUND|EAI_AGAIN/)
  })
})

describe('an exception while the answer of a back end is handled', () => {
  it('an exception in the handling of a response is counted and logged, and closes that connection', async () => {
    await using backEnd = await startBackEnd()
    const logged: CaughtException[] = []
    const ends: UpstreamEnd[] = []
    const settings = proxySettings.parse({})
    const guard = new BoundaryGuard({ log: (entry) => logged.push(entry), nowMs })
    const upstream = new Upstream({
      target: { uri: new URL(backEnd.uri), httpHeaders: {}, credentials: undefined },
      limits: { ...settings.backEnd, maxFrameBytes: settings.maxFrameBytes },
      cookies: new CookieJar(),
      guard,
      nowMs,
      lastEventId: undefined,
      onOpen: () => {
        throw new URIError('malformed')
      },
      onFrame: () => undefined,
      onSilence: () => undefined,
      onEnd: (_upstream, end) => ends.push(end),
    })
    upstream.start()
    await eventually('the connection is closed', () => ends.length === 1 && backEnd.open === 0)
    expect(guard.counts['back-end']).toBe(1)
    expect(logged[0]?.detail).toContain('URIError: malformed')
    expect(ends[0]?.error.message).toContain('an exception in the proxy')
  })
})
