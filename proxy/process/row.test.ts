import { describe, expect, it } from 'vitest'

import { parseConfig } from '../config/read-config.ts'
import { createLogger } from '../logger.ts'
import { startProxy } from '../start.ts'
import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'

/** No machine is so busy that the proxy counts as alone. */
const LEASE_MS = 60_000

describe.skipIf(!hasRedis)('Row (needs Redis 7: apt-get install redis-server)', () => {
  it.each([
    ['own-connection', 'this proxy soon reads back ends itself'],
    ['wait', 'clients get nothing new'],
  ])('Row logs that the engine fails and is back, with whenAway %s', async (whenAway, next) => {
    await using redis = await RunningRedis.start()
    const engine = { url: redis.url.href, name: 'newsroom', leaseMs: LEASE_MS, whenAway }
    const text = proxyFile({ backEnds: ['http://127.0.0.1:9/sse'], settings: { engine } })
    const lines: string[] = []
    const logger = createLogger('info', (line) => void lines.push(line))
    const rowLines = (): readonly string[] =>
      lines.flatMap((line) => /"msg":"(row newsroom: [^"]+)"/.exec(line)?.[1] ?? [])

    const proxy = await startProxy(parseConfig(text, 'test.yaml', {}), logger, [])
    try {
      await redis.kill()
      await eventually('the log says that the engine fails', () => rowLines().length === 2)
      await redis.restart()
      await eventually('the log says that the engine is back', () => rowLines().length === 3)
    } finally {
      await proxy.close()
    }
    const [joined, away, again] = rowLines()
    expect(joined).toMatch(/^row newsroom: this proxy (waits|has the log)/)
    expect(away).toMatch(new RegExp(`^row newsroom: the engine fails, ${next}: .+`))
    expect(again).toMatch(/^row newsroom: this proxy (waits|has the log)/)
  })
})
