import { describe, expect, it } from 'vitest'

import { proxyFile } from '../testing/proxy-file.ts'
import { findQuietPort } from '../testing/free-port.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { RunningSentinels } from '../testing/run-sentinels.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { reportOnEngine } from './engine-report.ts'
import { RedisConnection } from './redis-connection.ts'
import { countVotes } from './redis-sentinels.ts'
import type { Sentinels } from './redis-target.ts'

/** A call that takes longer hangs, on the busiest machine. */
const HANGS_MS = 30_000

const PASSWORD = 'hunter2'
const SENTINEL_PASSWORD = 'hunter3'

it('the address that most sentinels name is that of the primary', () => {
  const old = { host: 'old', port: 1 }
  const found = { host: 'new', port: 2 }
  expect(countVotes([old, 'c:3: ECONNREFUSED', found, { ...found }])).toEqual({
    primary: found,
    votes: 2,
    failures: ['another one names old:1 as the primary', 'c:3: ECONNREFUSED'],
  })
  expect(countVotes([])).toEqual({ primary: undefined, votes: 0, failures: [] })
})

describe.skipIf(!hasRedis)('Redis Sentinels (need Redis 7: apt-get install redis-server)', () => {
  it('reportOnEngine asks sentinels for the primary, with a login at each of the two', async () => {
    await using redis = await RunningRedis.start({ requirepass: PASSWORD })
    await using running = await RunningSentinels.start({
      count: 1,
      primary: redis,
      replicas: 0,
      password: SENTINEL_PASSWORD,
    })
    const { addresses } = running
    const sentinels: Sentinels = { addresses, primary: 'main', credentials: running.credentials }
    const report = await reportOnEngine({ sentinels, credentials: redis.credentials })
    const name = `127.0.0.1:${redis.port}`
    expect(report.facts[0]).toMatch(/^(Redis|Valkey) [7-9]/)
    expect(report.facts[1]).toBe(`1 of 1 sentinels name ${name} as the primary`)
    expect(report.warnings).toEqual([])

    const quiet = { host: '127.0.0.1', port: await findQuietPort() }
    const some = { ...sentinels, addresses: [quiet, ...addresses] }
    const partial = await reportOnEngine({ sentinels: some, credentials: redis.credentials })
    expect(partial.facts[1]).toBe(`1 of 2 sentinels name ${name} as the primary`)
    expect(partial.warnings.join()).toMatch(
      new RegExp(`^sentinel 127\\.0\\.0\\.1:${quiet.port}: .*ECONNREFUSED`),
    )

    const wrong: readonly (readonly [Sentinels, string | undefined, RegExp])[] = [
      [{ ...sentinels, addresses: [quiet] }, PASSWORD, /no sentinel knows the primary: .*REFUSED/],
      [{ ...sentinels, primary: 'other' }, PASSWORD, /watches no primary "other"/],
      [{ ...sentinels, credentials: undefined }, PASSWORD, /no sentinel knows .*: NOAUTH/],
      [
        { ...sentinels, credentials: { password: 'x' } },
        PASSWORD,
        /no sentinel knows .*: WRONGPASS/,
      ],
      [sentinels, SENTINEL_PASSWORD, /the primary "main" of the sentinels .* used: WRONGPASS/],
      [sentinels, undefined, /the primary "main" of the sentinels .* used: NOAUTH/],
    ]
    for (const [target, password, sentence] of wrong) {
      const credentials = password === undefined ? undefined : { password }
      const failure = reportOnEngine({ sentinels: target, credentials })
      await expect(failure).rejects.toMatchObject({
        code: 'engine-unfit',
        message: expect.stringMatching(sentence),
      })
      await expect(failure).rejects.not.toThrow(/hunter/)
    }
    await using check = spawnProxy(['check', '--connect', 'FILE'], {
      file: proxyFile({
        backEnds: ['http://127.0.0.1:1/'],
        settings: {
          engine: {
            name: 'newsroom',
            credentials: redis.credentials,
            sentinels: {
              addresses: addresses.map(({ host, port }) => `${host}:${port}`),
              primary: 'main',
              credentials: running.credentials,
            },
          },
        },
      }),
    })
    expect(await check.exited).toBe(0)
    expect(check.stdout).toContain(`proxy.engine: 1 of 1 sentinels name ${name} as the primary\n`)
    expect(check.stdout + check.stderr).not.toMatch(/hunter/)

    // A connection to a server that has become a replica is given up, and no other one is opened.
    const connection = new RedisConnection({ sentinels, credentials: redis.credentials }, HANGS_MS)
    await connection.send(['SET', 'key', 'value'])
    await redis.command('REPLICAOF', '127.0.0.1', String(quiet.port))
    const write = async () => await connection.send(['SET', 'key', 'value'])
    await expect(write()).rejects.toThrow('READONLY')
    await expect(write()).rejects.toThrow(`${name}, which the sentinels name, is not a primary`)
    connection.close()
  })
})
