import { describe, expect, it } from 'vitest'

import { createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { SteadyEvents } from '../testing/steady-events.ts'
import { connectClients, startWithWorkers, statusOf } from '../testing/upgradable-workers.ts'
import { UpgradableProxy } from '../testing/upgradable-proxy.ts'
import {
  eventsOnReturn,
  expectContinued,
  expectMoved,
  inProcess,
  slowToTake,
  upgradeTwice,
} from '../testing/upgrade-expectations.ts'

/** UPGRADE_CLIENTS=1000 moves more. */
const CLIENTS = Number(process.env['UPGRADE_CLIENTS'] ?? 50)
/** Larger events than the kernel has room for. */
const LARGE = 200_000
/** Events in a log. */
const KEPT = 70
const isFull = process.env['PACKAGE_TEST'] === 'on'

describe('upgrade of a proxy with workers', () => {
  it('an upgrade moves every client of two workers to two new ones, twice, without a lost, doubled or reordered event', async () => {
    await using backEnd = await startBackEnd()
    await using events = new SteadyEvents(backEnd)
    await using proxy = await startWithWorkers(backEnd, { limits: { maxPerAddress: CLIENTS } })
    const clients = await connectClients(proxy, CLIENTS)
    events.start()
    // Whatever an old worker wrote meanwhile would come twice.
    proxy.replaceProgram(inProcess('primary', slowToTake(300)))
    const answer = await upgradeTwice(proxy, backEnd)
    expect(answer).toContain(` moved: ${CLIENTS}, asked`)
    await expectMoved(proxy, answer, 2 * CLIENTS)
    await expectContinued(clients, await events.stop())
    await expectFull(proxy)
    clients[0]?.socket.destroy()
    await eventually('another client takes the place of one that has left', async () => {
      return (await statusOf(proxy)) === '200'
    })
    await eventually('the workers report all clients', async () => {
      const metrics = await readMetrics(proxy.adminPort)
      return sumOf(metrics, 'sse_proxy_clients{') === CLIENTS - 1
    })
    const metrics = await readMetrics(proxy.adminPort)
    expect(metrics.get('sse_proxy_upgrades_total{outcome="done"}')).toBe(2)
  })

  it.runIf(isFull)(
    'new workers start one after the other in an upgrade, so that old ones still serve their clients',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await startWithWorkers(backEnd)
      proxy.replaceProgram(
        inProcess(
          'primary',
          `const { default: cluster } = await import('node:cluster')
          cluster.on('fork', () => console.error('worker: start'))
          cluster.on('message', (_worker, { kind }) => {
            if (kind === 'ready') console.error('worker: ready')
          })`,
        ),
      )
      const steps = () => proxy.log.match(/worker: \w+/g) ?? []
      await proxy.upgrade()
      await eventually('both workers are ready', () => steps().length === 4)
      const one = ['worker: start', 'worker: ready']
      expect(steps()).toEqual([...one, ...one])
    },
  )

  it('limits hold while both processes accept clients in an upgrade with workers', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await startWithWorkers(backEnd, { limits: { maxPerAddress: 10 } })
    const state = { isDone: false }
    const clients = await connectClients(proxy, 10)
    // The new workers listen before their process answers this message.
    proxy.replaceProgram(
      inProcess(
        'primary',
        `process.send = slowed(process.send.bind(process))
        function slowed(send) {
          return (message, ...rest) =>
            message.kind === 'prepared' ? setTimeout(send, 500, message, ...rest) : send(message, ...rest)
        }`,
      ),
    )
    const upgraded = proxy.upgrade().finally(() => (state.isDone = true))
    while (!state.isDone) await expectFull(proxy)
    await expectMoved(proxy, await upgraded, 10)
    await expectFull(proxy)
    expect(clients.filter(({ isClosed }) => isClosed)).toEqual([])
  })

  it.runIf(isFull)(
    'limits hold when one of two old workers learns late that the new ones serve its clients',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await startWithWorkers(backEnd, { limits: { maxPerAddress: 10 } })
      const clients = await connectClients(proxy, 10)
      proxy.replaceProgram(
        inProcess(
          'worker',
          `const { default: cluster } = await import('node:cluster')
          const emit = process.emit.bind(process)
          process.emit = (name, ...rest) =>
            cluster.worker.id === 1 && ['stop', 'go'].includes(rest[0]?.order?.kind)
              ? setTimeout(emit, 500, name, ...rest)
              : emit(name, ...rest)`,
        ),
      )
      await proxy.upgrade()
      const state = { isDone: false }
      const upgraded = proxy.upgrade().finally(() => (state.isDone = true))
      while (!state.isDone) await expectFull(proxy)
      await expectMoved(proxy, await upgraded, 20)
      expect(clients.filter(({ isClosed }) => isClosed)).toEqual([])
    },
  )

  it.runIf(isFull)(
    'an upgrade moves a slow client of a worker once it has taken what was written, with every byte',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await startWithWorkers(backEnd, { replay: { maxFrames: KEPT } })
      await eventually('the log does not begin with the first event any more', async () => {
        backEnd.send('data: before\n\n'.repeat(10))
        const metrics = await readMetrics(proxy.adminPort)
        return metrics.get('sse_proxy_log_frames') === KEPT
      })
      const [reader] = await connectClients(proxy, 1)
      await using slow = await RawClient.get({ port: proxy.port })
      slow.socket.pause()
      const large = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(LARGE)}`)
      for (const data of large) backEnd.send(`data: ${data}\n\n`)
      await eventually('the other client has all', () => {
        return (reader?.byteCount ?? 0) > LARGE * large.length
      })
      const before = await proxy.pid()
      const answer = await proxy.upgrade()
      expect(answer).toMatch(/ moved: 1, asked/)
      backEnd.send('data: after the upgrade\n\n')
      slow.socket.resume()
      await eventually('the slow client has all', () => slow.events.length === large.length + 1)
      expect(slow.events.map(({ data }) => data)).toEqual([...large, 'after the upgrade'])
      await proxy.ended(before)
      await expectMoved(proxy, answer, 2)
    },
  )

  it.runIf(isFull)(
    'a client that returns to a new worker gets what it missed, and after a gap the known URL',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await startWithWorkers(backEnd)
      expect(await eventsOnReturn(proxy, backEnd)).toEqual([
        ['b', 'c'],
        [expect.any(String), 'http://store.example/log'],
      ])
    },
  )

  it.runIf(isFull)('an upgrade asks the clients of workers by TLS to reconnect', async () => {
    await using backEnd = await startBackEnd()
    await using certificate = createCertificate('IP:127.0.0.1')
    const { path: keyStorePath, keyPath } = certificate
    await using proxy = await UpgradableProxy.start({
      backEnds: [backEnd.uri],
      connector: { type: 'https', keyStorePath, keyPath },
      settings: { workers: 2, returnSpreadMs: 100 },
    })
    await backEnd.requested(1)
    const tls = { rejectUnauthorized: false }
    await using client = await RawClient.get({ port: proxy.port, tls })
    expect(await proxy.upgrade()).toMatch(/ moved: 0, asked to reconnect: 1\n$/)
    await eventually('the stream ends', () => client.isClosed)
    expect(client.bytes.toString()).toMatch(/retry: \d+\n\n\r\n0\r\n\r\n$/)
  })
})

/** No worker accepts a client of this address. */
async function expectFull(proxy: UpgradableProxy): Promise<void> {
  const statuses = await Promise.all(Array.from({ length: 6 }, async () => await statusOf(proxy)))
  expect(new Set(statuses)).toEqual(new Set(['503']))
}

function sumOf(metrics: ReadonlyMap<string, number>, prefix: string): number {
  let sum = 0
  for (const [name, value] of metrics) if (name.startsWith(prefix)) sum += value
  return sum
}
