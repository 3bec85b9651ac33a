import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { workersOf } from '../testing/workers.ts'

const LAST_CHUNK = '0\r\n\r\n'
/** Longer than any test takes. */
const LONG_MS = 600_000

const ask = async (adminPort: number, path: string) => {
  const response = await fetch(`http://127.0.0.1:${adminPort}${path}`)
  return { status: response.status, text: await response.text() }
}
const statuses = async (adminPort: number) =>
  await Promise.all(
    ['/live', '/ready', '/healthcheck'].map(async (path) => (await ask(adminPort, path)).status),
  )

describe('the pages for probes', () => {
  it('/ready is 503 until each back end has answered, and 200 when one has failed', async () => {
    let isOpen = false
    await using slow = await startBackEnd({ answer: () => (isOpen ? STREAM_HEAD : '') })
    await using proxy = await runProxy({ backEnds: [slow.uri, 'http://127.0.0.1:1/'] })
    await slow.requested(1)
    expect(await ask(proxy.adminPort, '/ready')).toEqual({
      status: 503,
      text: expect.stringMatching(/^starting: back ends without a first answer: [12]\n$/),
    })
    expect((await ask(proxy.adminPort, '/live')).status).toBe(200)
    isOpen = true
    slow.send(STREAM_HEAD)
    await eventually('the proxy is ready', async () => {
      return (await ask(proxy.adminPort, '/ready')).status === 200
    })
    expect(await statuses(proxy.adminPort)).toEqual([200, 200, 500])
  })

  it('/ready stays 200 while a back end that was connected is away', async () => {
    await using backEnd = await startBackEnd()
    const never = { backEnd: { reconnectFirstMs: LONG_MS, reconnectCapMs: LONG_MS } }
    await using proxy = await runProxy({ backEnds: [backEnd.uri], settings: never })
    await proxy.healthy()
    backEnd.drop('end')
    await eventually('health reports the loss', async () => {
      return (await ask(proxy.adminPort, '/healthcheck')).status === 500
    })
    expect(await statuses(proxy.adminPort)).toEqual([200, 200, 500])
  })
})

describe('a proxy that drains', () => {
  it('a proxy that drains is not ready, and serves old and new clients all events', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { drainMs: LONG_MS },
    })
    await proxy.healthy()
    expect(await statuses(proxy.adminPort)).toEqual([200, 200, 200])
    await using old = await RawClient.get({ port: proxy.port })
    const hurry = new AbortController()
    const drained = proxy.drain(hurry.signal)
    expect(await statuses(proxy.adminPort)).toEqual([200, 503, 503])
    expect((await ask(proxy.adminPort, '/ready')).text).toBe('shutting down\n')
    expect(JSON.parse((await ask(proxy.adminPort, '/healthcheck')).text)).toMatchObject({
      shutdown: { healthy: false, message: 'shutting down' },
    })
    await using late = await RawClient.get({ port: proxy.port })
    backEnd.send('data: during the drain\n\n')
    await old.received(1)
    await late.received(1)
    hurry.abort()
    await drained
    // `close` ends the streams, not a drain that was cut short.
    expect(old.isClosed).toBe(false)
    await using last = await RawClient.get({ port: proxy.port })
    expect(last.isClosed).toBe(false)
  })

  it('a proxy that drains ends streams one after the other, with a retry, while others get events', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { drainMs: 1, returnSpreadMs: 60_000 },
    })
    await proxy.healthy()
    const clients = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        RawClient.get({ port: proxy.port, version: index % 2 === 0 ? '1.1' : '1.0' }),
      ),
    )
    const hurry = new AbortController()
    const drained = proxy.drain(hurry.signal)
    const closed = () => clients.filter(({ isClosed }) => isClosed)
    await eventually('some streams have ended', () => closed().length >= 5)
    // Ended all at once, they would be closed by now, on a busy machine too: it takes 60 s.
    expect(closed().length).toBeLessThan(clients.length / 2)
    const open = clients.findLast(({ isClosed }) => !isClosed)
    backEnd.send('data: during the spread\n\n')
    await open?.received(1)
    await expect(RawClient.dial(proxy.port)).rejects.toThrow(/ECONNREFUSED/)
    const waits = closed().map(({ reading }) => reading.retryMs ?? 0)
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(1000)
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(1200)
    hurry.abort()
    await drained
    await proxy[Symbol.asyncDispose]()
    for (const client of clients) await client.closed()
    const chunked = clients.filter((_, index) => index % 2 === 0)
    for (const client of chunked) expect(client.bytes.subarray(-5).toString()).toBe(LAST_CHUNK)
  })

  it('a proxy that drains has ended every stream after returnSpreadMs', async () => {
    await using proxy = await runProxy({
      backEnds: ['http://127.0.0.1:1/'],
      settings: { drainMs: 1, returnSpreadMs: 300 },
    })
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => RawClient.get({ port: proxy.port })),
    )
    void proxy.drain()
    await eventually('every stream has ended', () => clients.every(({ isClosed }) => isClosed))
    for (const { reading } of clients) expect(reading.retryMs).toBeGreaterThanOrEqual(1000)
  })
})

describe('SIGTERM to a proxy with workers', () => {
  it('SIGTERM to the processes of a proxy drains it, and SIGINT ends it at once', async () => {
    const settings = { workers: 2, drainMs: LONG_MS }
    const file = proxyFile({ backEnds: ['http://127.0.0.1:1/'], settings })
    await using proxy = spawnProxy(['server', 'FILE'], { file })
    const port = await proxy.port()
    await using client = await RawClient.get({ port })
    // systemd sends the signal to all processes of a service.
    for (const pid of workersOf(proxy)) process.kill(pid, 'SIGTERM')
    proxy.child.kill('SIGTERM')
    await eventually('the log says that it drains', () => proxy.stderr.includes('draining'))
    expect((await ask(await proxy.adminPort(), '/ready')).status).toBe(503)
    await using late = await RawClient.get({ port })
    expect(client.isClosed).toBe(false)
    expect(proxy.stderr).not.toContain('a worker died')
    proxy.child.kill('SIGINT')
    expect(await proxy.exited).toBe(0)
    await late.closed()
    expect(client.bytes.subarray(-5).toString()).toBe(LAST_CHUNK)
  })

  it('a drained proxy with workers ends its streams over returnSpreadMs and exits with 0', async () => {
    const settings = { workers: 2, drainMs: 100, returnSpreadMs: 300 }
    const file = proxyFile({ backEnds: ['http://127.0.0.1:1/'], settings })
    await using proxy = spawnProxy(['server', 'FILE'], { file })
    const port = await proxy.port()
    const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.get({ port })))
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
    for (const client of clients) {
      await client.closed()
      expect(client.bytes.subarray(-5).toString()).toBe(LAST_CHUNK)
      expect(client.reading.retryMs).toBeLessThanOrEqual(1200)
    }
  })
})

describe('crashSpreadMs', () => {
  const backEnds = ['http://127.0.0.1:1/']
  const waitsOf = async (settings: object) => {
    await using proxy = await runProxy({ backEnds, settings })
    const clients = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        RawClient.get({ port: proxy.port, version: index % 2 === 0 ? '1.1' : '1.0' }),
      ),
    )
    await eventually('each stream has begun', () => clients.every(({ body }) => body.length > 1))
    return clients.map(({ reading }) => reading.retryMs)
  }

  it('a stream begins without a retry by default', async () => {
    expect(await waitsOf({})).toEqual(Array.from({ length: 10 }, () => undefined))
  })

  it('streams begin with times to reconnect that differ when crashSpreadMs is set', async () => {
    const waits = (await waitsOf({ crashSpreadMs: 60_000 })).map((wait) => wait ?? 0)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(61_000)
    expect(new Set(waits).size).toBeGreaterThan(5)
  })
})
