import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'

import { describe, expect, it } from 'vitest'

import { BoundaryGuard } from '../boundary-guard.ts'
import { proxySettings } from '../config/settings.ts'
import { eventually } from '../testing/deadline.ts'
import { healthOf } from '../testing/health.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { type ScriptedBackEnd, startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'
import { BackEnd } from './back-end.ts'
import { Backoff } from './backoff.ts'

const GAP = 'sse-proxy-gap'
const EMPTY_STREAM =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n'
const url = (number: number) => `http://store/changelog/section/${number}`
const URLS = [1, 2, 3, 4, 5].map(url)
const frames = (urls: readonly string[]) => urls.map((text) => `data: ${text}\n\n`).join('')

/** A client that has received the first events of the back end. */
async function seen(proxy: ProxyUnderTest, backEnd: ScriptedBackEnd): Promise<RawClient> {
  await proxy.healthy()
  const client = await RawClient.get({ port: proxy.port })
  backEnd.send(frames(URLS))
  await client.received(URLS.length)
  return client
}

const nowMs = () => performance.now()

/** A `BackEnd` without a proxy and without jitter, and the waits that it reports. */
function watchBackEnd(uri: string, steadyMs: number) {
  const waitsMs: number[] = []
  let openMs: number | undefined
  const backEnd = new BackEnd({
    target: { uri: new URL(uri), httpHeaders: {}, credentials: undefined },
    limits: { ...LIMITS, steadyMs },
    backoff: new Backoff({ firstMs: 10, capMs: 60_000, jitter: 0, random: Math.random }),
    guard: new BoundaryGuard({ log: ({ detail }) => expect.fail(detail), nowMs }),
    ownName: 'own',
    frameFilter: { maxIdBytes: undefined },
    onFrame: ignore,
    onReopened: ignore,
    onMissed: ignore,
    onNotice: ignore,
    onChange: (state) => {
      openMs = state.state === 'open' ? performance.now() : undefined
      if (state.state === 'waiting') waitsMs.push(state.retryInMs)
    },
    nowMs,
  })
  backEnd.start()
  return {
    waitsMs,
    /** Shortest time that the current connection has been open. */
    get lastedMs() {
      return openMs === undefined ? 0 : performance.now() - openMs - 50
    },
    [Symbol.asyncDispose]: async () => {
      backEnd.close()
      await Promise.resolve()
    },
  }
}

const { backEnd: BACK_END, maxFrameBytes, resync } = proxySettings.parse({})
const LIMITS = { ...BACK_END, maxFrameBytes, settleMs: resync.settleMs }

function ignore(): void {}

const gapsOf = ({ events }: RawClient) => events.filter(({ type }) => type === GAP)

describe.concurrent('a back end that answers 200 and ends at once', () => {
  it('BackEnd reconnects with growing waits when each response ends at once', async () => {
    await using backEnd = await startBackEnd({ answer: () => EMPTY_STREAM })
    await using watched = watchBackEnd(backEnd.uri, 60_000)
    await backEnd.requested(6)
    expect(watched.waitsMs.slice(0, 5)).toEqual([10, 20, 40, 80, 160])
  })

  it('BackEnd reconnects after the first wait again once a connection has lasted', async () => {
    await using backEnd = await startBackEnd({
      answer: (_request, number) => (number < 4 ? EMPTY_STREAM : STREAM_HEAD),
    })
    await using watched = watchBackEnd(backEnd.uri, 100)
    await backEnd.requested(4)
    await eventually('the connection has lasted', () => watched.lastedMs > 100)
    backEnd.drop('end')
    await backEnd.requested(5)
    expect(watched.waitsMs).toEqual([10, 20, 40, 10])
  })

  it('BackEnd causes one notice, when a connection stays open after several short ones', async () => {
    await using backEnd = await startBackEnd({
      answer: (_request, number) => (number > 1 && number < 8 ? EMPTY_STREAM : STREAM_HEAD),
    })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { reconnectFirstMs: 20, reconnectCapMs: 50, reconnectJitter: 0 } },
    })
    await using client = await seen(proxy, backEnd)
    backEnd.drop('end')
    await backEnd.requested(8)
    await client.received(2 * URLS.length + 1)
    backEnd.send('data: marker\n\n')
    await eventually('the marker arrives', () => client.data.includes('marker'))
    expect(client.data.slice(URLS.length)).toEqual(['{"reason":"outage"}', ...URLS, 'marker'])
  })
})

describe.concurrent('a back end that was away', () => {
  it('clients get the gap event before the first event of a recovered back end, and each URL once', async () => {
    await using backEnd = await startBackEnd({
      answer: (_request, number) =>
        number === 1 ? STREAM_HEAD : `${STREAM_HEAD}${frames([url(3)])}`,
    })
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await using client = await seen(proxy, backEnd)
    backEnd.drop('reset')
    await client.received(2 * URLS.length + 1)
    backEnd.send('data: marker\n\n')
    await eventually('the marker arrives', () => client.data.includes('marker'))
    const since = client.data.slice(URLS.length)
    expect(since.slice(0, 2)).toEqual(['{"reason":"outage"}', url(3)])
    expect(since.slice(2)).toEqual([url(1), url(2), url(4), url(5), 'marker'])
  })

  it('BackEnd obeys a bounded retry field and does not forward it to clients', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { reconnectFirstMs: 50, reconnectCapMs: 1500, reconnectJitter: 0 } },
    })
    await using client = await seen(proxy, backEnd)
    backEnd.send('retry: 0\ndata: zero\n\nretry: 99999999999999999999\n\ndata: large\n\n')
    await client.received(URLS.length + 2)
    expect(client.reading.retryMs).toBeUndefined()
    expect(client.bytes.toString()).not.toContain('retry')
    const lostMs = performance.now()
    backEnd.drop('end')
    await backEnd.requested(2)
    expect(performance.now() - lostMs).toBeGreaterThan(1450)
  })

  it('BackEnd obeys a retry line without an event and a blank line', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { reconnectFirstMs: 50, reconnectCapMs: 1500, reconnectJitter: 0 } },
    })
    await using client = await seen(proxy, backEnd)
    backEnd.send('data: before\n\nretry: 1500\n')
    await client.received(URLS.length + 1)
    const lostMs = performance.now()
    backEnd.drop('end')
    await backEnd.requested(2)
    expect(performance.now() - lostMs).toBeGreaterThan(1450)
  })
})

describe.concurrent('a silent connection', () => {
  const quick = { reconnectFirstMs: 50, reconnectCapMs: 50, reconnectJitter: 0 }

  it('BackEnd opens a second connection before it closes a silent one, and announces nothing', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { ...quick, silenceMs: 1500 } },
    })
    await using client = await seen(proxy, backEnd)
    await backEnd.requested(2)
    // Both were open at the same time, so no event is lost between the two, and none is sent twice.
    expect(backEnd.mostOpen).toBe(2)
    backEnd.send('data: both\n\n')
    await eventually('the event arrives', () => client.data.includes('both'))
    await eventually('the old connection is left', () => backEnd.open === 1)
    backEnd.send('data: marker\n\n')
    await eventually('the marker arrives', () => client.data.includes('marker'))
    expect(client.data).toEqual([...URLS, 'both', 'marker'])
    expect((await healthOf(proxy.adminPort)).status).toBe(200)
  })

  it('BackEnd announces missed URLs when a silent connection had sent heartbeats', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { ...quick, silenceMs: 1500 } },
    })
    await using client = await seen(proxy, backEnd)
    backEnd.send(':\n\n:\n\n:\n\n')
    await client.received(2 * URLS.length + 1)
    expect(client.data.slice(URLS.length)).toEqual(['{"reason":"outage"}', ...URLS])
  })

  it('BackEnd announces missed URLs when a silent connection stopped within an event', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { ...quick, silenceMs: 1500 } },
    })
    await using client = await seen(proxy, backEnd)
    backEnd.send('data: cut o')
    await client.received(2 * URLS.length + 1)
    expect(gapsOf(client)).toHaveLength(1)
  })

  it('BackEnd closes a silent connection when a second one fails, and notifies clients after recovery', async () => {
    await using backEnd = await startBackEnd({
      answer: (_request, number) =>
        number === 2 ? 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n' : STREAM_HEAD,
    })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: {
        backEnd: { ...quick, silenceMs: 1500, reconnectFirstMs: 3000, reconnectCapMs: 3000 },
      },
    })
    await using client = await seen(proxy, backEnd)
    const message = await eventually('it is given up', async () => {
      const health = await healthOf(proxy.adminPort)
      return health.status === 500 && health.message
    })
    expect(message).toMatch(/no byte within 1500 ms, and no new connection: answered 503/)
    await client.received(2 * URLS.length + 1)
    expect(gapsOf(client)).toHaveLength(1)
  })

  it('BackEnd keeps a silent connection that sends again before it is replaced', async () => {
    await using backEnd = await startBackEnd({
      answer: (_request, number) => (number === 2 ? '' : STREAM_HEAD),
    })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { ...quick, silenceMs: 2500, headMs: 500 } },
    })
    await using client = await seen(proxy, backEnd)
    await backEnd.requested(2)
    backEnd.send('data: late\n\n')
    await eventually('the late event arrives', () => client.data.includes('late'))
    await eventually('the second request is given up', () => backEnd.open === 1)
    expect((await healthOf(proxy.adminPort)).status).toBe(200)
    backEnd.send('data: marker\n\n')
    await eventually('the marker arrives', () => client.data.includes('marker'))
    expect(client.data).toEqual([...URLS, 'late', 'marker'])
  })

  it('BackEnd drops a second connection that opens when the silent one has sent again', async () => {
    const sockets: Socket[] = []
    await using backEnd = await startBackEnd({
      onConnection: (socket) => void sockets.push(socket),
      answer: (_request, number) => (number === 2 ? '' : STREAM_HEAD),
    })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { ...quick, silenceMs: 2500, headMs: 60_000 } },
    })
    await using client = await seen(proxy, backEnd)
    await backEnd.requested(2)
    const [first, second] = sockets
    first?.write('data: late\n\n')
    await eventually('the late event arrives', () => client.data.includes('late'))
    second?.write(STREAM_HEAD)
    await eventually('the second connection is closed', () => second?.destroyed === true)
    first?.write('data: marker\n\n')
    await eventually('the marker arrives', () => client.data.includes('marker'))
    expect(client.data).toEqual([...URLS, 'late', 'marker'])
  })
})

describe.concurrent('the connection to a back end', () => {
  it.runIf(process.platform === 'linux')(
    'BackEnd enables TCP keep-alive (checked on Linux)',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      await proxy.healthy()
      // proc(5): remote address in hexadecimal, and the active timer: 02 = keep-alive.
      const remote = `0100007F:${backEnd.port.toString(16).toUpperCase().padStart(4, '0')}`
      const row = new RegExp(`^ *\\d+: \\S+ ${remote} 01 \\S+ 02:`, 'm')
      const sockets = await eventually('the keep-alive timer runs', () => {
        const text = readFileSync('/proc/net/tcp', 'utf8')
        return row.test(text) && text
      })
      expect(sockets).toMatch(row)
    },
  )
})
