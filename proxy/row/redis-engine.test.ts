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
const MAX_FRAMES = 1000
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
  { weight: 1, arbitrary: fc.record({ kind: of('restart', 'evict entries', 'evict all') }) },
)

describe.skipIf(!hasRedis)('RedisEngine (needs Redis 7: apt-get install redis-server)', () => {
  let redis: RunningRedis
  beforeAll(async () => {
    redis = await RunningRedis.start()
  })
  afterAll(async () => await redis[Symbol.asyncDispose]())

  const engineOf = (name: string, callMs = HANGS_MS): RedisEngine =>
    new RedisEngine({ url: redis.url, name, maxFrames: MAX_FRAMES, callMs })

  it('RedisEngine answers each call as the engine of the model does, also after kill -9', async () => {
    let rows = 0
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 30 }), async (list) => {
        rows += 1
        const options = { name: `row-${rows}`, maxFrames: MAX_FRAMES, callMs: HANGS_MS }
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
    const options = { url, name: 'tls', maxFrames: MAX_FRAMES, callMs: HANGS_MS }
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
