import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'

import { describe, expect, it } from 'vitest'

import { listenOn } from '../listen.ts'
import { createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'
import { SteadyEvents } from '../testing/steady-events.ts'
import { connectClients } from '../testing/upgradable-workers.ts'
import { UpgradableProxy } from '../testing/upgradable-proxy.ts'
import {
  endAt,
  eventsOnReturn,
  expectContinued,
  expectMoved,
  expectServing,
  slowToTake,
  upgradeTwice,
} from '../testing/upgrade-expectations.ts'

/** UPGRADE_CLIENTS=1000 moves more. */
const CLIENTS = Number(process.env['UPGRADE_CLIENTS'] ?? 50)
/** Larger events than the kernel has room for. */
const LARGE = 200_000
const isFull = process.env['PACKAGE_TEST'] === 'on'

describe('upgrade', () => {
  it('an upgrade moves every client to a new process, twice, without a lost, doubled or reordered event', async () => {
    await using backEnd = await startBackEnd()
    await using events = new SteadyEvents(backEnd)
    await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri] })
    await backEnd.requested(1)
    const clients = await connectClients(proxy, CLIENTS)
    events.start()
    // Whatever the old process wrote meanwhile would come twice.
    proxy.replaceProgram(slowToTake(300))
    const answer = await upgradeTwice(proxy, backEnd)
    expect(answer).toContain(` moved: ${CLIENTS}, asked`)
    await expectMoved(proxy, answer, 2 * CLIENTS)
    await expectContinued(clients, await events.stop())
    const metrics = await readMetrics(proxy.adminPort)
    expect(metrics.get('sse_proxy_clients{process="1"}')).toBe(CLIENTS)
    expect(metrics.get('sse_proxy_upgrades_total{outcome="done"}')).toBe(2)
  })

  it('a client that returns after an upgrade gets what it missed from the log of the old process', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri] })
    await backEnd.requested(1)
    expect(await eventsOnReturn(proxy, backEnd)).toEqual([
      ['b', 'c'],
      [expect.any(String), 'http://store.example/log'],
    ])
  })

  it('an upgrade moves a slow client once it has taken what was written, with every byte', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri] })
    await backEnd.requested(1)
    await using reader = await RawClient.get({ port: proxy.port })
    await using slow = await RawClient.get({ port: proxy.port })
    slow.socket.pause()
    const large = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(LARGE)}`)
    for (const data of large) backEnd.send(`data: ${data}\n\n`)
    await eventually('the other client has all', () => reader.byteCount > LARGE * large.length)
    const before = await proxy.pid()
    const answer = await proxy.upgrade()
    expect(answer).toMatch(/ moved: 1, asked/)
    backEnd.send('data: after the upgrade\n\n')
    slow.socket.resume()
    await eventually('the other client has the last event', () => reader.bytes.includes('after'))
    await eventually('the slow client has as much', () => slow.byteCount >= reader.byteCount)
    expect(slow.events.map(({ data }) => data)).toEqual([...large, 'after the upgrade'])
    await proxy.ended(before)
    await expectMoved(proxy, answer, 2)
  })

  it.runIf(isFull)('is taken back when a back end refuses the new login', async () => {
    await using backEnd = await startBackEnd({ answer: unlessWrong })
    await using events = new SteadyEvents(backEnd)
    await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri] })
    await backEnd.requested(1)
    await using client = await RawClient.get({ port: proxy.port })
    events.start()
    const credentials = { username: 'wrong', password: 'wrong' }
    const blocks = { backends: [{ uri: backEnd.uri, credentials }] }
    writeFileSync(proxy.file, proxyFile({ backEnds: [], blocks }))
    expect(await proxy.upgrade()).toMatch(/answered 401/)
    await expectServing(proxy, [client], events)
  })

  it.runIf(isFull)(
    'an upgrade is answered also when it takes longer than a connection may be idle',
    async () => {
      await using backEnd = await startBackEnd()
      const settings = { admin: { headMs: 2000, idleMs: 100 } }
      await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri], settings })
      await backEnd.requested(1)
      proxy.replaceProgram(slowToTake(4000))
      expect(await proxy.upgrade()).toMatch(/^upgraded: /)
    },
  )

  it.runIf(isFull)(
    'an upgrade asks clients by TLS to reconnect, and then serves them',
    async () => {
      await using backEnd = await startBackEnd()
      await using certificate = createCertificate('IP:127.0.0.1')
      const { path: keyStorePath, keyPath } = certificate
      const connector = { type: 'https', keyStorePath, keyPath }
      const settings = { returnSpreadMs: 100 }
      await using proxy = await UpgradableProxy.start({
        backEnds: [backEnd.uri],
        connector,
        settings,
      })
      await backEnd.requested(1)
      const tls = { rejectUnauthorized: false }
      await using client = await RawClient.get({ port: proxy.port, tls })
      backEnd.send('data: a\n\n')
      await eventually('the client has an event', () => client.events.length === 1)
      expect(await proxy.upgrade()).toMatch(/ moved: 0, asked to reconnect: 1\n$/)
      await eventually('the stream ends', () => client.isClosed)
      expect(client.bytes.toString()).toMatch(/retry: \d+\n\n\r\n0\r\n\r\n$/)
      backEnd.send('data: b\n\n')
      const fields = [`Last-Event-ID: ${client.events[0]?.lastEventId}`]
      await using returning = await RawClient.get({ port: proxy.port, fields, tls })
      await eventually('the client has what it missed', () => returning.events.length === 1)
      expect(returning.events[0]?.data).toBe('b')
    },
  )

  const unusable = [
    ['the configuration has a mistake', { content: 'backends: 7' }, /backends/],
    ['the new process cannot listen', { isPortTaken: true }, /the port is in use/],
  ] as const
  it.each(isFull ? unusable : unusable.slice(0, 1))(
    'the old process keeps all clients when %s',
    async (_what, broken, reason) => {
      await using backEnd = await startBackEnd()
      await using events = new SteadyEvents(backEnd)
      await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri] })
      await backEnd.requested(1)
      await using client = await RawClient.get({ port: proxy.port })
      events.start()
      const taken = createServer()
      const port = await listenOn(taken, { host: '127.0.0.1', port: 0 })
      writeFileSync(
        proxy.file,
        'content' in broken ? broken.content : proxyFile({ backEnds: [backEnd.uri], port }),
      )
      const pid = await proxy.pid()
      expect(await proxy.upgrade()).toMatch(reason)
      taken.close()
      await expectServing(proxy, [client], events)
      expect(await proxy.pid()).toBe(pid)
      const metrics = await readMetrics(proxy.adminPort)
      expect(metrics.get('sse_proxy_upgrades_total{outcome="failed"}')).toBe(1)

      writeFileSync(proxy.file, proxyFile({ backEnds: [backEnd.uri] }))
      expect(await proxy.upgrade()).toMatch(/^upgraded: /)
    },
  )

  const failures = [
    ['ends during its start', 'process.exit(4)', /exit code 4/],
    ['ends when it has all clients', endAt('prepare'), /ended by SIGKILL/],
    ['is not ready in time', 'await new Promise(() => setInterval(() => {}, 1e6))', /not ready/],
    ['ends while it gets clients', endAt('client'), /ended by SIGKILL/],
  ] as const
  it.each(isFull ? failures : failures.slice(0, 2))(
    'the old process keeps all clients when the new process %s',
    async (_what, code, reason) => {
      await using backEnd = await startBackEnd()
      await using events = new SteadyEvents(backEnd)
      const settings = { upgradeMs: code.includes('setInterval') ? 1000 : 60_000 }
      await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri], settings })
      await backEnd.requested(1)
      await using client = await RawClient.get({ port: proxy.port })
      events.start()
      proxy.replaceProgram(code)
      expect(await proxy.upgrade()).toMatch(reason)
      await expectServing(proxy, [client], events)
    },
  )

  it.runIf(isFull)(
    'clients return to the old process when the new one ends as it takes them over',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri] })
      await backEnd.requested(1)
      await using client = await RawClient.get({ port: proxy.port })
      backEnd.send('data: before\n\n')
      await eventually('the client has an event', () => client.events.length === 1)
      proxy.replaceProgram(endAt('commit'))
      expect(await proxy.upgrade()).toMatch(/ended by SIGKILL/)
      await eventually('the client is disconnected', () => client.isClosed)
      backEnd.send('data: after\n\n')
      const fields = [`Last-Event-ID: ${client.events[0]?.lastEventId}`]
      await using returning = await RawClient.get({ port: proxy.port, fields })
      await eventually('the client has what it missed', () => returning.events.length === 1)
      expect(returning.events[0]?.data).toBe('after')
    },
  )

  it.runIf(isFull)('an upgrade is refused for web pages and other methods than POST', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await UpgradableProxy.start({ backEnds: [backEnd.uri] })
    const task = `http://127.0.0.1:${proxy.adminPort}/tasks/upgrade`
    const headers = { Origin: 'https://page.example' }
    expect((await fetch(task, { method: 'POST', headers })).status).toBe(403)
    expect((await fetch(task)).status).toBe(405)
  })
})

function unlessWrong(request: string): string {
  const isWrong = request.includes('Basic d3Jvbmc6d3Jvbmc=')
  return isWrong ? 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n' : STREAM_HEAD
}
