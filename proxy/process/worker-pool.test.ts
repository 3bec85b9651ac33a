import { describe, expect, it } from 'vitest'

import { findQuietPort } from '../testing/free-port.ts'
import { eventually } from '../testing/deadline.ts'
import { numberFrames, numbers } from '../testing/frames.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { isAlive, workersOf } from '../testing/workers.ts'

async function connect(port: number, count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = []
  while (clients.length < count) {
    const some = Math.min(50, count - clients.length)
    clients.push(
      ...(await Promise.all(Array.from({ length: some }, () => RawClient.get({ port })))),
    )
  }
  return clients
}

/** Number of clients of each worker. */
async function splitOf(adminPort: number): Promise<readonly number[]> {
  return await valuesOf('sse_proxy_clients', adminPort)
}

/** Values of a metric, one for each worker. */
async function valuesOf(name: string, adminPort: number): Promise<readonly number[]> {
  const metrics = await readMetrics(adminPort)
  return [...metrics].filter(([label]) => label.startsWith(`${name}{`)).map(([, value]) => value)
}

/**
 * Connects sixty clients, and more until every worker has one: a single worker may accept a whole
 * burst before the others run.
 */
async function connectToEach(port: number, adminPort: number): Promise<readonly RawClient[]> {
  const clients = [...(await connect(port, 60))]
  await eventually('each worker has clients', async () => {
    const split = await splitOf(adminPort)
    if (split.length === 2 && !split.includes(0)) return true
    clients.push(await RawClient.get({ port }))
    return false
  })
  return clients
}

describe('workers', () => {
  it('workers share the clients and one connection to the back end', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({ backEnds: [backEnd.uri], settings: { workers: 2 } }),
    })
    const port = await proxy.port()
    await backEnd.requested(1)
    const clients = await Promise.all(Array.from({ length: 40 }, () => RawClient.get({ port })))
    backEnd.send(numberFrames(1, 500))
    for (const client of clients) {
      await client.received(500)
      expect(client.data).toEqual(numbers(1, 500))
    }
    // An event has the same id from every worker.
    expect(new Set(clients.map(({ reading }) => reading.lastEventId)).size).toBe(1)
    expect(backEnd.mostOpen).toBe(1)
    expect(workersOf(proxy)).toHaveLength(2)
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
  })

  it('the proxy serves clients that connect while workers are starting', async () => {
    await using backEnd = await startBackEnd()
    const port = await findQuietPort()
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({ backEnds: [backEnd.uri], port, settings: { workers: 3 } }),
    })
    // Every accepted client is served, also one that connected before all workers listened.
    const hasEnded = (): boolean => proxy.child.exitCode !== null
    const first = await Promise.all(
      Array.from({ length: 8 }, () => RawClient.knock({ port }, hasEnded)),
    )
    const clients = [...first, ...(await connect(port, 100))]
    await backEnd.requested(1)
    backEnd.send(numberFrames(1, 10))
    for (const client of clients) await client.received(10)
    expect(workersOf(proxy)).toHaveLength(3)
    for (const client of clients) client.socket.destroy()
  })

  it('a killed worker is replaced, and its clients resume without loss', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({ backEnds: [backEnd.uri], settings: { workers: 2 } }),
    })
    const port = await proxy.port()
    await backEnd.requested(1)
    const clients = await connectToEach(port, await proxy.adminPort())
    backEnd.send(numberFrames(1, 100))
    for (const client of clients) await client.received(100)
    const [victim = 0] = workersOf(proxy)
    process.kill(victim, 'SIGKILL')
    backEnd.send(numberFrames(101, 150))
    await eventually('its clients are cut off, the others have all', () =>
      clients.every(({ isClosed, data }) => isClosed || data.length === 150),
    )
    const cutOff = clients.filter(({ isClosed }) => isClosed).length
    expect(cutOff).toBeGreaterThan(0)
    expect(cutOff).toBeLessThan(clients.length)
    for (const client of clients.filter(({ isClosed }) => !isClosed)) {
      await client.received(150)
      expect(client.data).toEqual(numbers(1, 150))
    }
    for (const client of clients.filter(({ isClosed }) => isClosed)) {
      const { lastEventId } = client.reading
      await using back = await RawClient.get({ port, fields: [`Last-Event-ID: ${lastEventId}`] })
      await eventually('it has the rest', () => client.data.length + back.data.length === 150)
      expect([...client.data, ...back.data]).toEqual(numbers(1, 150))
    }
    await eventually('there are two again', () => workersOf(proxy).filter(isAlive).length === 2)
    expect(workersOf(proxy)).toHaveLength(3)
    expect(backEnd.requests).toHaveLength(1)
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
  })

  it('a worker with more clients than the others stops accepting until they have caught up', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({ backEnds: [backEnd.uri], settings: { workers: 2 } }),
    })
    const port = await proxy.port()
    // One worker may accept whole bursts of 50. With eight bursts the other one still has far more
    // than 60 clients.
    const crowd = await connect(port, 400)
    const [victim = 0] = workersOf(proxy)
    process.kill(victim, 'SIGKILL')
    await eventually('its clients are cut off', () => crowd.some(({ isClosed }) => isClosed))
    const adminPort = await proxy.adminPort()
    // The remaining worker has half of the clients, the new one has none.
    const [left = 0] = await eventually('the new one is there', async () => {
      const split = await splitOf(adminPort)
      return workersOf(proxy).length === 3 && split.length === 2 && split[1] === 0 && split
    })
    expect(left).toBeGreaterThan(60)
    await eventually('only the new one accepts clients', async () => {
      return (await valuesOf('sse_proxy_accepting', adminPort)).join() === '0,1'
    })
    const others = await connect(port, 40)
    await eventually('the new one has all of them', async () => {
      return (await splitOf(adminPort)).join() === `${left},40`
    })
    for (const client of [...crowd, ...others]) client.socket.destroy()
  })

  it('workers together accept maxConnections clients and refuse further ones', async () => {
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({
        backEnds: ['http://127.0.0.1:1/'],
        settings: { workers: 2, limits: { maxConnections: 40 } },
      }),
    })
    const port = await proxy.port()
    const clients: RawClient[] = []
    const tryOne = async (): Promise<RawClient | undefined> => {
      const client = await RawClient.get({ port })
      if (client.head?.includes('200 OK') === true) return client
      client.socket.destroy()
      return undefined
    }
    for (let taken = 0; taken < 40; taken += 1) {
      const client = await tryOne()
      if (client === undefined) throw new Error(`refused after ${taken} of 40`)
      clients.push(client)
    }
    for (let extra = 0; extra < 10; extra += 1) expect(await tryOne()).toBeUndefined()
    clients.pop()?.socket.destroy()
    clients.push(await eventually('there is room again', tryOne))
    for (const client of clients) client.socket.destroy()
  })

  it('a worker that starts later replays events from before its start', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({ backEnds: [backEnd.uri], settings: { workers: 2 } }),
    })
    const port = await proxy.port()
    await backEnd.requested(1)
    await using first = await RawClient.get({ port })
    await using second = await RawClient.get({ port })
    backEnd.send(numberFrames(1, 30))
    const seen = await first.received(30)
    await second.received(30)
    for (const pid of workersOf(proxy)) process.kill(pid, 'SIGKILL')
    await first.closed()
    await second.closed()
    await using back = await eventually('a new worker answers', async () => {
      const client = await RawClient.get({
        port,
        fields: [`Last-Event-ID: ${seen[9]?.lastEventId ?? ''}`],
      }).catch(() => undefined)
      return client
    })
    await back.received(20)
    expect(back.data).toEqual(numbers(11, 30))
  })

  it('workers end when the primary process is killed', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({ backEnds: [backEnd.uri], settings: { workers: 2 } }),
    })
    const port = await proxy.port()
    await using client = await RawClient.get({ port })
    const pids = workersOf(proxy)
    expect(pids.every(isAlive)).toBe(true)
    proxy.child.kill('SIGKILL')
    await client.closed()
    await eventually('no worker is left', () => !pids.some(isAlive))
  })

  it('workers end every stream in good order on SIGTERM, and the proxy exits with 0', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE'], {
      file: proxyFile({ backEnds: [backEnd.uri], settings: { workers: 2 } }),
    })
    const port = await proxy.port()
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.get({ port })))
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
    for (const client of clients) {
      await client.closed()
      expect(client.bytes.subarray(-5).toString()).toBe('0\r\n\r\n')
    }
  })

  it('a proxy with workers exits with 3 when the port is taken', async () => {
    await using taken = await startBackEnd()
    await using proxy = spawnProxy(['server', 'FILE', '--port', String(taken.port)], {
      file: proxyFile({ backEnds: [taken.uri], settings: { workers: 2 } }),
    })
    expect(await proxy.exited).toBe(3)
    expect(proxy.stderr).toMatch(/cannot listen on .*: the port is in use/)
  })
})
