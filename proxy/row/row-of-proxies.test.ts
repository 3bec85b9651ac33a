import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { NumberedBackEnd } from '../testing/numbered-back-end.ts'
import { numberedOf } from '../testing/numbered-events.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { RedisEngine } from './redis-engine.ts'

/** No machine is so busy that a proxy loses its lease. */
const LEASE_MS = 60_000

/** Begins the log, so that the first proxy does not wait for others that could heal it. */
async function beginLog({ url }: RunningRedis): Promise<void> {
  const limits = { maxFrames: 1000, maxAgeMs: 3_600_000, maxUrls: 1000 }
  const engine = new RedisEngine({ url, name: 'newsroom', ...limits })
  const { head } = await eventually('Redis answers', () => engine.read(0, 0).catch(() => undefined))
  await engine.settle(head, 'newsroom0')
  engine.close()
}

const startProxy = async (redis: RunningRedis, backEnd: NumberedBackEnd): Promise<ProxyUnderTest> =>
  await runProxy({
    backEnds: [backEnd.uri],
    settings: { engine: { url: redis.url.href, name: 'newsroom', leaseMs: LEASE_MS } },
  })

/** What the metrics of a proxy say of its row. */
async function rowMetricsOf({ adminPort }: ProxyUnderTest, { uri }: NumberedBackEnd) {
  const metrics = await readMetrics(adminPort)
  const of = (name: string): number | undefined => metrics.get(`sse_proxy_${name}{row="newsroom"}`)
  return {
    joined: of('row_joined'),
    up: of('engine_up'),
    number: of('row_number'),
    term: metrics.get(`sse_proxy_row_term{back_end="${uri}"}`),
  }
}

/** Id and data of each event of a client. */
const eventsOf = ({ events }: RawClient): readonly string[] =>
  events.map(({ type, lastEventId, data }) => `${type} ${lastEventId} ${data}`)

/** `text 4` or `pointer 3` for each event of a client. */
const contentOf = ({ data }: RawClient): readonly string[] =>
  data.map((text) => {
    const { kind, number } = numberedOf(text) ?? {}
    return `${kind} ${number}`
  })

describe.skipIf(!hasRedis)('a row of proxies (needs Redis 7: apt-get install redis-server)', () => {
  it('a client of a row resumes on another proxy with the events that it missed, and no other', async () => {
    await using redis = await RunningRedis.start()
    await using backEnd = await NumberedBackEnd.start({ name: 'store', replays: true })
    await beginLog(redis)
    await using one = await startProxy(redis, backEnd)
    await backEnd.connected()
    await using client = await RawClient.get({ port: one.port })
    backEnd.emit(4)
    await client.received(5)

    // It gets the log before clients, who get only what comes.
    await using other = await startProxy(redis, backEnd)
    await using latecomer = await RawClient.get({ port: other.port })
    backEnd.emit(2)
    await client.received(8)
    await latecomer.received(3)
    expect(eventsOf(latecomer)).toEqual(eventsOf(client).slice(5))
    expect(backEnd.mostOpen).toBe(1)
    expect(await rowMetricsOf(one, backEnd)).toEqual({ joined: 1, up: 1, number: 8, term: 1 })
    expect(await rowMetricsOf(other, backEnd)).toEqual({ joined: 1, up: 1, number: 8, term: 0 })

    const [, , third] = client.events
    await one[Symbol.asyncDispose]()
    backEnd.emit(3)
    await latecomer.received(7)
    await using moved = await RawClient.get({
      port: other.port,
      fields: [`Last-Event-ID: ${third?.lastEventId}`],
    })
    await moved.received(9)
    expect(eventsOf(moved)).toEqual([...eventsOf(client).slice(3), ...eventsOf(latecomer).slice(3)])
    expect(contentOf(moved)).toEqual([
      'pointer 3',
      'text 4',
      'text 5',
      'text 6',
      'pointer 6',
      'text 7',
      'text 8',
      'text 9',
      'pointer 9',
    ])
    expect(moved.events.map(({ lastEventId }) => lastEventId.replace(/.*-/, ''))).toEqual(
      Array.from({ length: 9 }, (_, index) => String(index + 4)),
    )
    expect(third?.lastEventId).toBe('newsroom0-3')
  })
})
