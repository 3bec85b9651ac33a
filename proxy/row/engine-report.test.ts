import { createServer } from 'node:net'

import { describe, expect, it } from 'vitest'

import { listenOn } from '../listen.ts'
import { findQuietPort } from '../testing/free-port.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { reportOnEngine } from './engine-report.ts'

const PASSWORD = 'hunter2'

/** Answers each command with what INFO of a server with these lines has. */
async function startInfoServer(lines: readonly string[]) {
  const text = lines.join('\r\n')
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      // A command is an array of strings.
      const commands = bytes.toString('latin1').match(/^\*\d+\r$/gm) ?? []
      socket.write(`$${text.length}\r\n${text}\r\n`.repeat(commands.length))
    })
  })
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  const close = (): void => void server.close()
  return { url: new URL(`redis://127.0.0.1:${port}`), [Symbol.dispose]: close }
}

describe('reportOnEngine', () => {
  it.each([
    [['redis_version:6.2.14'], 'expected Redis 7 or newer, or Valkey, got Redis 6.2.14'],
    [
      ['server_name:valkey', 'redis_version:7.2.4', 'valkey_version:5.0.0'],
      'expected Redis 7 or newer, or Valkey, got Valkey 5.0.0',
    ],
  ])('reportOnEngine refuses an engine whose INFO has %s', async (lines, message) => {
    using server = await startInfoServer(lines)
    await expect(reportOnEngine(server)).rejects.toThrow(message)
  })

  it('reportOnEngine names Valkey with its own version, not that of its protocol', async () => {
    using server = await startInfoServer([
      'server_name:valkey',
      'redis_version:7.2.4',
      'valkey_version:8.1.1',
      'role:master',
    ])
    expect((await reportOnEngine(server)).facts[0]).toBe('Valkey 8.1.1')
  })
})

describe.skipIf(!hasRedis)('reportOnEngine (needs Redis 7: apt-get install redis-server)', () => {
  it('reportOnEngine says what eviction and persistence of Redis mean for loss', async () => {
    await using redis = await RunningRedis.start()
    const safe = await reportOnEngine(redis)
    expect(safe.warnings).toEqual([])
    expect(safe.facts[0]).toMatch(/^(Redis|Valkey) \d+\.\d+\.\d+$/)
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
    expect(right.facts[0]).toBe(safe.facts[0])
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
