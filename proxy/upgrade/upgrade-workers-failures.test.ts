import { writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { SteadyEvents } from '../testing/steady-events.ts'
import { connectClients, startWithWorkers, statusOf } from '../testing/upgradable-workers.ts'
import { atMessage, endAt, expectServing, inProcess } from '../testing/upgrade-expectations.ts'
import { isAlive, workersOf } from '../testing/workers.ts'

const HANG = 'await new Promise(() => setInterval(() => {}, 1e6))'
/** Blocks the process, until it is killed. */
const SPIN = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'
const END_SOON = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1000)`
const LONG_MS = 60_000
const isFull = process.env['PACKAGE_TEST'] === 'on'

describe('upgrade of a proxy with workers that fails', () => {
  it.each(isFull ? [1, 3] : [3])(
    'an upgrade from two workers to %i is taken back, and names the setting',
    async (workers) => {
      await using backEnd = await startBackEnd()
      await using events = new SteadyEvents(backEnd)
      await using proxy = await startWithWorkers(backEnd)
      const clients = await connectClients(proxy, 4)
      events.start()
      writeFileSync(proxy.file, proxyFile({ backEnds: [backEnd.uri], settings: { workers } }))
      expect(await proxy.upgrade()).toMatch(/proxy\.workers: the clients of 2 processes/)
      await expectServing(proxy, clients, events)
      writeFileSync(proxy.file, proxyFile({ backEnds: [backEnd.uri], settings: { workers: 2 } }))
      expect(await proxy.upgrade()).toMatch(/^upgraded: /)
    },
  )

  const failures = [
    [
      'a new worker ends when it has all clients',
      inProcess('worker', endAt('prepare')),
      /worker .* died/,
    ],
    [
      'a new worker ends during its start',
      inProcess('worker', 'process.exit(4)'),
      /worker .* died/,
    ],
    ['the new process ends when it has all clients', atPrimary('prepare'), /ended by SIGKILL/],
    ['the new process ends while it gets clients', atPrimary('client'), /ended by SIGKILL/],
    ['a new worker ends while it gets clients', inProcess('worker', endAt('client')), /died/],
    ['a new worker hangs', inProcess('worker', HANG), /not ready within/],
    [
      'the new process ends while one of its workers hangs',
      `${inProcess('worker', atMessage('prepare', SPIN))}
      ${inProcess('primary', atMessage('prepare', END_SOON))}`,
      /ended by SIGKILL/,
    ],
    ['the new process ends at once', 'process.exit(4)', /exit code 4/],
  ] as const
  it.each(isFull ? failures : failures.slice(0, 1))(
    'old workers keep all clients when %s',
    async (_what, code, reason) => {
      await using backEnd = await startBackEnd()
      await using events = new SteadyEvents(backEnd)
      const upgradeMs = `${reason}`.includes('not ready') ? 4000 : LONG_MS
      await using proxy = await startWithWorkers(backEnd, { upgradeMs })
      const clients = await connectClients(proxy, 8)
      events.start()
      proxy.replaceProgram(code)
      expect(await proxy.upgrade()).toMatch(reason)
      const [, , ...newWorkers] = workersOf({ stderr: proxy.log })
      for (const pid of newWorkers) await proxy.ended(pid)
      const another = await RawClient.get({ port: proxy.port })
      await eventually('a client that came later gets events', () => another.events.length > 0)
      proxy.replaceProgram('')
      // A busy machine needs longer than some of these may take.
      const answer = upgradeMs === LONG_MS ? await proxy.upgrade() : 'upgraded: not tried'
      expect(answer).toMatch(/^upgraded: /)
      await expectServing(proxy, clients, events)
      expect(another.isClosed).toBe(false)
    },
  )

  it.runIf(isFull)(
    'the clients of other old workers stay when one ends in an upgrade',
    async () => {
      await using backEnd = await startBackEnd()
      await using events = new SteadyEvents(backEnd)
      await using proxy = await startWithWorkers(backEnd)
      const clients = await connectClients(proxy, 40)
      events.start()
      const [worker] = workersOf({ stderr: proxy.log })
      proxy.replaceProgram(
        inProcess(
          'primary',
          atMessage('client', `try { process.kill(${worker}, 'SIGKILL') } catch {}`),
        ),
      )
      expect(await proxy.upgrade()).toMatch(/a worker has died/)
      proxy.replaceProgram('')
      await eventually('a worker takes its place', async () => {
        return (await proxy.upgrade()).startsWith('upgraded: ')
      })
      // Not before: a socket of the worker that died closes with its last copy, which is on its way.
      const rest = clients.filter(({ isClosed }) => !isClosed)
      expect(rest.length).toBeGreaterThan(0)
      expect(rest.length).toBeLessThan(40)
      await expectServing(proxy, rest, events)
    },
  )

  it.runIf(isFull)(
    'the clients of other new workers stay when one ends as it takes its clients over',
    async () => {
      await using backEnd = await startBackEnd()
      await using events = new SteadyEvents(backEnd)
      await using proxy = await startWithWorkers(backEnd)
      const clients = await connectClients(proxy, 40)
      events.start()
      const isFirst = `(await import('node:cluster')).default.worker.id === 1`
      proxy.replaceProgram(inProcess('worker', `if (${isFirst}) { ${endAt('commit')} }`))
      expect(await proxy.upgrade()).toMatch(/^upgraded: /)
      await eventually('some clients are disconnected', () => clients.some((one) => one.isClosed))
      const rest = clients.filter(({ isClosed }) => !isClosed)
      expect(rest.length).toBeGreaterThan(0)
      // It may have been the only one that accepted clients.
      await eventually('another accepts clients', async () => {
        return await statusOf(proxy).catch(() => undefined)
      })
      await expectServing(proxy, rest, events)
    },
  )

  it.runIf(isFull)(
    'clients of workers return when the new process ends as it takes them over',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await startWithWorkers(backEnd)
      const clients = await connectClients(proxy, 8)
      backEnd.send('data: before\n\n')
      await eventually('all have an event', () => clients.every((one) => one.events.length === 1))
      proxy.replaceProgram(atPrimary('commit'))
      expect(await proxy.upgrade()).toMatch(/ended by SIGKILL/)
      await eventually('all are disconnected', () => clients.every((one) => one.isClosed))
      backEnd.send('data: after\n\n')
      const fields = [`Last-Event-ID: ${clients[0]?.events[0]?.lastEventId}`]
      await using returning = await RawClient.get({ port: proxy.port, fields })
      await eventually('a client has what it missed', () => returning.events.length === 1)
      expect(returning.events[0]?.data).toBe('after')
    },
  )

  it.runIf(isFull)(
    'clients of workers stay when the old process ends as the new one takes them over',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await startWithWorkers(backEnd)
      const clients = await connectClients(proxy, 8)
      backEnd.send('data: before\n\n')
      await eventually('all have an event', () => clients.every((one) => one.events.length === 1))
      const before = await proxy.pid()
      proxy.replaceProgram(
        inProcess('primary', atMessage('commit', `process.kill(process.ppid, 'SIGKILL')`)),
      )
      await expect(proxy.upgrade()).rejects.toThrow('fetch failed')
      await eventually('the new process has written its file', async () => {
        const pid = await proxy.pid()
        return pid !== before && isAlive(pid)
      })
      await eventually('the new process is connected', () => backEnd.open === 1)
      await eventually('all have the next event', () => {
        backEnd.send('data: after\n\n')
        return clients.every((one) => one.events.length > 2)
      })
      expect(clients.filter(({ isClosed }) => isClosed)).toEqual([])
      // That process had the connection to the back end.
      const got = clients.map(({ events }) => events.map(({ data }) => data))
      const withoutGap = got.map((all) => all.filter((data) => !data.includes('outage')))
      expect(withoutGap.map((all) => all.slice(0, 2))).toEqual(
        clients.map(() => ['before', 'after']),
      )
    },
  )

  it.runIf(isFull)(
    'new workers that end after an upgrade are replaced, and accept clients',
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = await startWithWorkers(backEnd)
      await proxy.upgrade()
      for (const worker of workersOf({ stderr: proxy.log }).slice(-2))
        process.kill(worker, 'SIGKILL')
      const status = await eventually('a client gets an answer', async () => {
        return await statusOf(proxy).catch(() => undefined)
      })
      expect(status).toBe('200')
    },
  )
})

function atPrimary(kind: string): string {
  return inProcess('primary', endAt(kind))
}
