import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { findQuietPort } from '../testing/free-port.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { RowClients } from '../testing/row-clients.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { RunningSentinels } from '../testing/run-sentinels.ts'
import { type SpawnedProxy, spawnProxy } from '../testing/spawn-proxy.ts'
import { StoreProcess } from '../testing/store-process.ts'

const LEASE_MS = 5000
/** They take seconds: sentinels have to find a primary dead, and leases have to end. */
const isFull = Number(process.env['MODEL_RUNS'] ?? 1) > 1
const WHERE = 'in npm run test:full; needs Redis 7: apt-get install redis-server'

interface Victim {
  readonly kill: () => Promise<void>
  /** Starts it again with its data. */
  readonly restart?: () => Promise<void>
}

/** A proxy that listens at the same port after each start. */
class Proxy implements AsyncDisposable {
  readonly port: number
  readonly #file: string
  #program: SpawnedProxy

  private constructor(port: number, file: string) {
    this.port = port
    this.#file = file
    this.#program = this.#start()
  }

  static async start(uri: string, engine: object): Promise<Proxy> {
    const port = await findQuietPort()
    const backEnd = { reconnectFirstMs: 50, reconnectCapMs: 200, reconnectJitter: 0 }
    const settings = { engine, backEnd }
    const proxy = new Proxy(port, proxyFile({ backEnds: [uri], port, settings }))
    await proxy.#program.port()
    return proxy
  }

  /** Whether it reads the store. */
  async reads(): Promise<boolean> {
    const metrics = await readMetrics(await this.#program.adminPort())
    const of = (name: string): number =>
      [...metrics].find(([key]) => key.startsWith(`sse_proxy_${name}{`))?.[1] ?? 0
    return of('row_term') > 0 && of('back_end_up') > 0
  }

  async kill(): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
  }

  async restart(): Promise<void> {
    this.#program = this.#start()
    await this.#program.port()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  #start(): SpawnedProxy {
    return spawnProxy(['server', 'FILE'], { file: this.#file })
  }
}

describe.skipIf(!hasRedis || !isFull)(`a row whose processes are killed (${WHERE})`, () => {
  it('clients get every event once when each process of the row is killed in turn', async () => {
    await using primary = await RunningRedis.start()
    await using replica = await RunningRedis.start({ replicaof: `127.0.0.1 ${primary.port}` })
    await using sentinels = await RunningSentinels.start({ count: 3, primary, replicas: 1 })
    await using store = await StoreProcess.start()
    const addresses = sentinels.addresses.map(({ host, port }) => `${host}:${port}`)
    const engine = {
      sentinels: { addresses, primary: 'main' },
      name: 'newsroom',
      leaseMs: LEASE_MS,
      whenAway: 'wait',
    }
    await using one = await Proxy.start(store.uri, engine)
    await using two = await Proxy.start(store.uri, engine)
    const proxies = [one, two]
    // From now on the row has an id of the store to resume from, whichever proxy reads it.
    await eventually('the log has an event of the store', async () => {
      store.emit(1)
      const newest = await primary.command('XREVRANGE', '{newsroom}:log', '+', '-', 'COUNT', '1')
      return String(newest).includes(`${store.name}-`)
    })
    await using clients = await RowClients.connect([one.port, two.port], store)
    const reader = await eventually('a proxy reads the store', async () => {
      const reads = await Promise.all(proxies.map(async (proxy) => await proxy.reads()))
      return proxies[reads.indexOf(true)]
    })
    const other = reader === one ? two : one

    const victims: readonly Victim[] = [
      store,
      reader,
      other,
      { kill: async () => await sentinels.kill(0) },
      // The other sentinels promote the replica.
      { kill: async () => await primary.kill() },
      store,
    ]
    for (const victim of victims) {
      store.emit(3)
      await victim.kill()
      store.emit(3)
      await victim.restart?.()
      store.emit(3)
      await clients.haveAll()
    }
    expect(await sentinels.primaryPort(1)).toBe(replica.port)
    expect(clients.faults).toEqual([])
    expect(clients.gaps).toEqual([0, 0])
  })
})
