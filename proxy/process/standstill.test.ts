import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient, requestText } from '../testing/raw-client.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { isAlive, workersOf } from '../testing/workers.ts'

/** Stops the process for this time. */
async function standStill(pid: number | undefined, ms: number): Promise<void> {
  if (pid === undefined) throw new Error('the process has not started')
  process.kill(pid, 'SIGSTOP')
  await new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
  process.kill(pid, 'SIGCONT')
}

describe.concurrent('after SIGSTOP and SIGCONT', () => {
  it(
    'a primary process keeps its workers and their streams after SIGSTOP and SIGCONT',
    { timeout: 60_000 },
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = spawnProxy(['server', 'FILE'], {
        file: proxyFile({ backEnds: [backEnd.uri], settings: { workers: 2 } }),
      })
      const port = await proxy.port()
      await backEnd.requested(1)
      const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.get({ port })))
      // A worker counts as hung after 10 s.
      await standStill(proxy.child.pid, 12_000)
      backEnd.send('data: after\n\n')
      for (const client of clients) await client.received(1)
      expect(workersOf(proxy)).toHaveLength(2)
      expect(workersOf(proxy).every(isAlive)).toBe(true)
      expect(clients.filter(({ isClosed }) => isClosed)).toEqual([])
      expect(backEnd.requests).toHaveLength(1)
      for (const client of clients) client.socket.destroy()
    },
  )

  it(
    'a proxy keeps the back end that sent bytes while it was stopped',
    { timeout: 60_000 },
    async () => {
      await using backEnd = await startBackEnd()
      await using proxy = spawnProxy(['server', 'FILE'], {
        file: proxyFile({ backEnds: [backEnd.uri], settings: { backEnd: { silenceMs: 3000 } } }),
      })
      const port = await proxy.port()
      await backEnd.requested(1)
      await using client = await RawClient.get({ port })
      const stood = standStill(proxy.child.pid, 5000)
      backEnd.send('data: meanwhile\n\n')
      await stood
      await client.received(1)
      backEnd.send('data: after\n\n')
      await client.received(2)
      expect(backEnd.requests).toHaveLength(1)
    },
  )

  it(
    'a proxy answers clients that sent their requests while it was stopped',
    { timeout: 60_000 },
    async () => {
      await using proxy = spawnProxy(['server', 'FILE'], {
        file: proxyFile({ backEnds: ['http://127.0.0.1:1/'], settings: { headMs: 3000 } }),
      })
      await using client = await RawClient.dial(await proxy.port())
      const [half, rest] = [requestText({}).slice(0, 10), requestText({}).slice(10)]
      client.socket.write(half)
      await eventually('the first half has left', () => client.socket.writableLength === 0)
      const stood = standStill(proxy.child.pid, 5000)
      client.socket.write(rest)
      await stood
      await eventually('the head is there', () => client.isClosed || client.head)
      expect(client.head).toMatch(/^HTTP\/1\.1 200 /)
    },
  )
})
