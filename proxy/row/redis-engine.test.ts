import { connect } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { listenOn } from '../listen.ts'
import { createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { EnginePair, type EngineStep } from '../testing/row/engine-pair.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { RedisEngine } from './redis-engine.ts'

const RUNS = Number(process.env['MODEL_RUNS'] ?? 1) * 8
const SEED = 18
const LEASE_MS = 600_000
/** So few that they do not all fit. */
const LIMITS = { maxFrames: 1000, maxAgeMs: 3_600_000, maxUrls: 4 }
/** A call that takes longer hangs, on the busiest machine. */
const HANGS_MS = 30_000

const owner = fc.nat(1)
const of = <Kind extends EngineStep['kind']>(...kinds: readonly Kind[]) => fc.constantFrom(...kinds)
const count = fc.integer({ min: 1, max: 5 })
const steps: fc.Arbitrary<EngineStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: of('acquire', 'renew', 'release'), owner }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: of('append'),
      owner,
      count,
      off: fc.constantFrom(0, 0, 0, 1, -1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: of('heal'), count, isOld: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: of('settle'), isOld: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: of('restart', 'evict entries', 'evict urls', 'evict all') }),
  },
  { weight: 2, arbitrary: fc.record({ kind: of('remember', 'forget'), first: fc.nat(11), count }) },
)

describe.skipIf(!hasRedis)('RedisEngine (needs Redis 7: apt-get install redis-server)', () => {
  let redis: RunningRedis
  beforeAll(async () => {
    redis = await RunningRedis.start()
  })
  afterAll(async () => await redis[Symbol.asyncDispose]())

  const engineOf = (name: string, callMs = HANGS_MS): RedisEngine =>
    new RedisEngine({ url: redis.url, name, ...LIMITS, callMs })

  it('RedisEngine answers each call as the engine of the model does, also after kill -9', async () => {
    let rows = 0
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 30 }), async (list) => {
        rows += 1
        const options = { name: `row-${rows}`, ...LIMITS, callMs: HANGS_MS }
        const pair = new EnginePair(redis, options)
        for (const step of list) {
          for (const { actual, expected } of await pair.take(step)) expect(actual).toEqual(expected)
        }
        pair.close()
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    )
  })

  it('RedisEngine.read waits for an entry, and for no longer than it is asked to', async () => {
    const engine = engineOf('waits')
    const { head } = await engine.read(0, 0)
    await engine.settle(head, 'e1')
    expect((await engine.read(0, 20)).entries).toEqual([])
    const term = (await engine.acquire('store', 'a.1', LEASE_MS)) ?? 0
    const waiting = engine.read(0, 20_000)
    const frame = Buffer.from('data: x\n\n')
    const entry = { backEnd: 'store', owner: 'a', sequence: 1, upstreamId: '', frame }
    await engine.append({ backEnd: 'store', owner: 'a.1', term }, 0, [entry])
    expect((await waiting).entries).toEqual([{ ...entry, number: 1 }])
    engine.close()
  })

  it('RedisEngine drops entries by age when it reads and when it appends', async () => {
    const engine = engineOf('ages')
    const strict = new RedisEngine({ url: redis.url, name: 'ages', ...LIMITS, maxAgeMs: 1 })
    await engine.settle((await engine.read(0, 0)).head, 'e1')
    const term = (await engine.acquire('store', 'a.1', LEASE_MS)) ?? 0
    const lease = { backEnd: 'store', owner: 'a.1', term }
    const frame = Buffer.from('data: x\n\n')
    const entry = { backEnd: 'store', owner: 'a', sequence: 1, upstreamId: '', frame }
    const append = async (to: RedisEngine, frames: number): Promise<number> => {
      const { head } = await engine.read(0, 0)
      const entries = Array.from({ length: frames }, () => entry)
      return (await to.append(lease, head.number, entries)).head.number
    }
    expect(await append(engine, 250)).toBe(250)
    await eventually('an append drops the entries before it', async () => {
      const number = await append(strict, 1)
      const { entries } = await engine.read(0, 0)
      return entries.length === 1 && entries[0]?.number === number
    })
    expect(await append(engine, 250)).toBeGreaterThan(500)
    await eventually('a read drops all entries', async () => {
      const { head, entries } = await strict.read(0, 0)
      return entries.length === 0 && head.number > 500
    })
    expect((await engine.read(0, 0)).entries).toEqual([])
    engine.close()
    strict.close()
  })

  it('RedisEngine.urls has each URL once, page by page, the latest last', async () => {
    const engine = new RedisEngine({ url: redis.url, name: 'urls', ...LIMITS, maxUrls: 1100 })
    const known = Array.from({ length: 1200 }, (_, index) => ({
      backEnd: 'store',
      url: `http://store.example/${index}`,
    }))
    for (const from of [1000, 500, 0]) await engine.remember(known.slice(from, from + 500))
    const pages = [await engine.urls()]
    for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
      pages.push(await engine.urls(next))
    }
    expect(pages.map(({ urls }) => urls.length)).toEqual([500, 500, 100])
    expect(pages.flatMap(({ urls }) => urls)).toEqual(known.slice(100))
    engine.close()
  })

  it.each(['store http://a/\ndata: x', 'store ftp://a/', 'http://a/'])(
    'RedisEngine.urls rejects what no back end can have announced: %j',
    async (member) => {
      const engine = engineOf('foreign-urls')
      await redis.command('ZADD', '{foreign-urls}:urls', '1', member)
      await expect(engine.urls()).rejects.toThrow('hold something else than its log')
      await redis.command('DEL', '{foreign-urls}:urls')
      engine.close()
    },
  )

  it('RedisEngine begins no epoch for a caller that has seen another process of Redis', async () => {
    const engine = engineOf('runs')
    const { head } = await retried(() => engine.read(0, 0))
    await redis.killAndRestart()
    const now = await retried(() => engine.read(0, 0))
    expect((await engine.settle(head, 'e1')).refusal).toBe('moved')
    expect((await engine.settle(now.head, 'e1')).refusal).toBeUndefined()
    engine.close()
  })

  it('RedisEngine gives up a connection that does not answer, and opens another one', async () => {
    const engine = engineOf('mute', 300)
    await retried(() => engine.read(0, 0))
    redis.signal('SIGSTOP')
    try {
      await expect(engine.read(0, 0)).rejects.toThrow('no answer within 300 ms')
    } finally {
      redis.signal('SIGCONT')
    }
    expect((await retried(() => engine.read(0, 0))).head.number).toBe(0)
    engine.close()
  })

  it('RedisEngine connects by TLS to a certificate that it trusts, and to no other', async () => {
    await using certificate = createCertificate('IP:127.0.0.1')
    const relay = createTlsServer(certificate, (socket) => {
      const plain = connect(Number(redis.url.port), '127.0.0.1')
      socket.on('error', () => plain.destroy())
      plain.on('error', () => socket.destroy())
      socket.pipe(plain).pipe(socket)
    })
    const url = new URL(
      `rediss://127.0.0.1:${await listenOn(relay, { host: '127.0.0.1', port: 0 })}`,
    )
    const options = { url, name: 'tls', ...LIMITS, callMs: HANGS_MS }
    const trusting = new RedisEngine({
      ...options,
      tls: { ca: [certificate.cert], verifiesHost: true },
    })
    const other = new RedisEngine({ ...options, tls: { verifiesHost: false } })
    expect((await trusting.read(0, 0)).head.number).toBe(0)
    await expect(other.read(0, 0)).rejects.toThrow('self-signed certificate')
    trusting.close()
    other.close()
    await new Promise((resolve) => {
      relay.close(resolve)
    })
  })

  it('RedisEngine rejects calls when the keys of the row hold something else', async () => {
    const engine = engineOf('foreign')
    await redis.command('HSET', '{foreign}:meta', 'epochs', 'x', 'number', '1', 'run', 'y')
    await expect(engine.read(0, 0)).rejects.toThrow('hold something else than its log')
    engine.close()
  })
})

/** The first call after a restart may meet the connection that was lost. */
async function retried<Reply>(call: () => Promise<Reply>): Promise<Reply> {
  return await eventually('Redis answers again', async () => await call().catch(() => undefined))
}
