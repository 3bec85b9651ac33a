import { describe, expect, it } from 'vitest'

import { CountingGuard } from '../testing/counting-guard.ts'
import { eventually } from '../testing/deadline.ts'
import { NumberedBackEnd } from '../testing/numbered-back-end.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { EngineState } from '../testing/row/engine-state.ts'
import { SimulatedLink } from '../testing/row/simulated-link.ts'
import { VirtualTime } from '../testing/row/virtual-time.ts'
import { EngineCalls } from './engine-calls.ts'
import type { LogHead } from './engine.ts'
import { RedisEngine } from './redis-engine.ts'
import { RowUrls } from './row-urls.ts'

/** No machine is so busy that a proxy loses its lease. */
const LEASE_MS = 60_000
const LIMITS = { maxFrames: 1000, maxAgeMs: 3_600_000, maxUrls: 1000 }
/** The change logs of events 3 and 6. */
const ANNOUNCED = ['http://store.example/changelog/3', 'http://store.example/changelog/6']

/** The engine of a row, as the test sees it. */
class Engine implements Disposable {
  readonly #log: RedisEngine
  /** It drops each entry that it meets. */
  readonly #strict: RedisEngine

  constructor({ url }: RunningRedis) {
    this.#log = new RedisEngine({ url, name: 'newsroom', ...LIMITS })
    this.#strict = new RedisEngine({ url, name: 'newsroom', ...LIMITS, maxAgeMs: 1 })
  }

  /** Begins an epoch, so that no proxy waits for others that could heal the engine. */
  async begin(epoch: string, number: number): Promise<void> {
    const head = await eventually(
      'the engine has its entries',
      async (): Promise<LogHead | undefined> => {
        const page = await this.#log.read(0, 0).catch(() => undefined)
        return page?.head.number === number ? page.head : undefined
      },
    )
    await this.#log.settle(head, epoch)
  }

  async urls(): Promise<readonly string[]> {
    return (await this.#log.urls()).urls.map(({ url }) => url)
  }

  /** Drops all entries, as their age does. */
  async dropEntries(): Promise<void> {
    await eventually('the engine has no entries', async () => {
      return (await this.#strict.read(0, 0)).entries.length === 0
    })
  }

  [Symbol.dispose](): void {
    this.#log.close()
    this.#strict.close()
  }
}

const startRow = async (redis: RunningRedis, uri: string): Promise<ProxyUnderTest[]> => {
  const settings = { engine: { url: redis.url.href, name: 'newsroom', leaseMs: LEASE_MS } }
  const start = async (): Promise<ProxyUnderTest> => await runProxy({ backEnds: [uri], settings })
  return [await start(), await start()]
}

const endRow = async (proxies: readonly ProxyUnderTest[]): Promise<void> => {
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
}

/** Waits until a client that returns with this id has the gap event and the URLs of all change logs. */
async function returnTo({ port }: ProxyUnderTest, id: string): Promise<void> {
  await using client = await RawClient.get({ port, fields: [`Last-Event-ID: ${id}`] })
  await eventually('a client that returns gets the URLs of all change logs', () =>
    ANNOUNCED.every((url) => client.data.includes(url)),
  )
  // Its proxy may announce an outage of the back end meanwhile.
  const [first] = client.events
  expect(`${first?.type} ${first?.data}`).toBe('sse-proxy-gap {"reason":"unknown"}')
}

it('RowUrls keeps as many change logs as it may: those that were announced last', () => {
  const time = new VirtualTime()
  const link = new SimulatedLink({
    time,
    engine: new EngineState(LIMITS),
    delayMs: () => 1,
    toMember: (work) => work(),
    onNews: () => {},
  })
  const calls = new EngineCalls({
    guard: new CountingGuard(),
    runningMs: time.nowMs,
    onFailure: () => {},
  })
  const options = { engine: link, calls, backEnds: ['a', 'b'], maxUrls: 2, onUrls: () => {} }
  const urls = new RowUrls(options)
  for (const url of ['http://1', 'http://2', 'http://1', 'http://3']) urls.heard('a', url)
  expect(urls.all().map(({ url }) => url)).toEqual(['http://1', 'http://3'])
  urls.forget(['http://1'])
  expect(urls.all()).toEqual([{ backEnd: 'a', url: 'http://3' }])
})

describe.skipIf(!hasRedis)(
  'change logs that a row knows (needs Redis 7: apt-get install redis-server)',
  () => {
    it('proxies that have all restarted announce the change logs of before, to a client whose id is too old', async () => {
      await using redis = await RunningRedis.start()
      await using backEnd = await NumberedBackEnd.start({ name: 'store', replays: true })
      using engine = new Engine(redis)
      await engine.begin('newsroom0', 0)
      let row = await startRow(redis, backEnd.uri)
      await backEnd.connected()
      await using client = await RawClient.get({ port: row[0]?.port ?? 0 })
      backEnd.emit(6)
      await client.received(8)
      const id = client.events[0]?.lastEventId ?? ''
      expect(await engine.urls()).toEqual(ANNOUNCED)

      await endRow(row)
      await engine.dropEntries()
      row = await startRow(redis, backEnd.uri)
      for (const proxy of row) await returnTo(proxy, id)

      // It has nothing left, and gets the URLs from the memory of the proxies.
      await redis.command('FLUSHALL')
      await engine.begin('newsroom1', 0)
      await eventually('the engine has the URLs again', async () => {
        return (await engine.urls()).length === ANNOUNCED.length
      })
      await endRow(row)
      row = await startRow(redis, backEnd.uri)
      for (const proxy of row) await returnTo(proxy, id)
      await endRow(row)
    })
  },
)
