import { describe, expect, it } from 'vitest'

import { findQuietPort } from '../testing/free-port.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { reportOnEngine } from './engine-report.ts'

const PASSWORD = 'hunter2'

describe.skipIf(!hasRedis)('reportOnEngine (needs Redis 7: apt-get install redis-server)', () => {
  it('reportOnEngine says what eviction and persistence of Redis mean for loss', async () => {
    await using redis = await RunningRedis.start()
    const safe = await reportOnEngine(redis)
    expect(safe.warnings).toEqual([])
    expect(safe.facts[0]).toMatch(/^Redis \d+\.\d+\.\d+$/)
    expect(safe.facts.join('\n')).toContain('appendfsync always: it loses no event')

    await redis.command('CONFIG', 'SET', 'appendfsync', 'everysec')
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    const [memory, disk] = (await reportOnEngine(redis)).warnings
    expect(memory).toMatch(/^maxmemory-policy allkeys-lru: .* Set noeviction$/)
    expect(disk).toMatch(/everysec: a crash may take the last second of acknowledged events/)

    await redis.command('CONFIG', 'SET', 'appendonly', 'no')
    expect((await reportOnEngine(redis)).warnings[1]).toMatch(/^appendonly no: .* has no event;/)

    await redis.command('CONFIG', 'SET', 'requirepass', PASSWORD)
    await expect(reportOnEngine(redis)).rejects.toThrow(/cannot be used: NOAUTH/)
    const wrong = reportOnEngine({ url: redis.url, credentials: { password: `${PASSWORD}3` } })
    await expect(wrong).rejects.toThrow(/cannot be used: WRONGPASS/)
    await expect(wrong).rejects.not.toThrow(PASSWORD)
    const right = await reportOnEngine({ url: redis.url, credentials: { password: PASSWORD } })
    expect(right.facts[0]).toMatch(/^Redis/)
  })

  it('reportOnEngine refuses an engine that cannot be reached, and a replica', async () => {
    const url = new URL(`redis://127.0.0.1:${await findQuietPort()}`)
    await expect(reportOnEngine({ url })).rejects.toMatchObject({
      code: 'engine-unfit',
      message: expect.stringMatching(/^proxy\.engine: redis:\S+ cannot be used: .*ECONNREFUSED/),
    })
    await using redis = await RunningRedis.start()
    await redis.command('REPLICAOF', '127.0.0.1', url.port)
    await expect(reportOnEngine(redis)).rejects.toThrow('expected a primary, got a replica')
  })
})
