import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { MODEL_LOGIN, startModelStore } from '../testing/model-store.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { RedisEngine } from './redis-engine.ts'

/** No machine is so busy that a proxy loses its lease. */
const LEASE_MS = 60_000
const LIMITS = { maxFrames: 1000, maxAgeMs: 3_600_000, maxUrls: 1000 }
const UNKNOWN = '{"reason":"unknown"}'

/** What a client gets that returns with an id that the proxy does not know. */
async function returningTo({ port }: ProxyUnderTest): Promise<RawClient> {
  return await RawClient.get({ port, fields: ['Last-Event-ID: x'] })
}

describe.skipIf(!hasRedis)(
  'change logs that have ended (needs Redis 7: apt-get install redis-server)',
  () => {
    it('a change log that one proxy of a row finds ended is forgotten by the engine, and announced by no proxy', async () => {
      await using redis = await RunningRedis.start()
      await using store = await startModelStore()
      const engine = new RedisEngine({ url: redis.url, name: 'newsroom', ...LIMITS })
      const known = async (): Promise<readonly string[]> =>
        (await engine.urls()).urls.map(({ url }) => url)
      await engine.settle((await engine.read(0, 0)).head, 'newsroom0')
      const start = async (): Promise<ProxyUnderTest> =>
        await runProxy({
          backEnds: [],
          blocks: { backends: [{ uri: store.streamUrl, credentials: MODEL_LOGIN }] },
          settings: {
            engine: { url: redis.url.href, name: 'newsroom', leaseMs: LEASE_MS },
            resync: { graceMs: 60_000, settleMs: 50, spreadMs: 0 },
          },
        })
      await using one = await start()
      await one.healthy()
      await using two = await start()
      await using client = await RawClient.get({ port: one.port })
      for (const log of [1, 2, 3]) store.change(log)
      await client.received(3)
      const [first = '', second = '', third = ''] = [1, 2, 3].map(store.urlOf)
      expect(await known()).toEqual([first, second, third])

      store.end(2, 404)
      await using late = await returningTo(one)
      await late.received(3)
      expect(late.data).toEqual([UNKNOWN, first, third])
      await eventually('the engine has forgotten it', async () => (await known()).length === 2)
      expect(await known()).toEqual([first, third])
      // It has heard of these change logs from the engine alone.
      await using three = await start()
      await using latecomer = await returningTo(three)
      await latecomer.received(3)
      expect(latecomer.data).toEqual([UNKNOWN, first, third])
      // It has heard of the log, and finds itself that it has ended.
      await using other = await returningTo(two)
      await other.received(3)
      expect(other.data).toEqual([UNKNOWN, first, third])

      store.change(2)
      for (const each of [client, late, latecomer, other]) {
        await each.received(4)
        expect(each.data.at(-1)).toBe(second)
      }
      await eventually('the engine knows it again', async () => (await known()).length === 3)
      await using last = await returningTo(three)
      await last.received(4)
      expect(last.data).toEqual([UNKNOWN, first, third, second])
      engine.close()
    })
  },
)
