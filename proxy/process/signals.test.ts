import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { isAlive, workersOf } from '../testing/workers.ts'

const backEnds = ['http://127.0.0.1:1/']
const LAST_CHUNK = '0\r\n\r\n'

describe.each([
  ['one process', 1],
  ['two workers', 2],
])('a proxy with %s', (processes, workers) => {
  const file = proxyFile({ backEnds, settings: { workers } })

  it.each([
    ['SIGHUP', ['SIGHUP']],
    ['SIGINT twice', ['SIGINT', 'SIGINT']],
    ['SIGTERM, then SIGHUP', ['SIGTERM', 'SIGHUP']],
  ] as const)(
    `a proxy with ${processes} ends its streams in good order at %s`,
    async (_name, signals) => {
      await using proxy = spawnProxy(['server', 'FILE'], { file })
      const port = await proxy.port()
      const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.get({ port })))
      // A terminal sends a signal to the whole process group.
      for (const signal of signals) {
        for (const pid of workersOf(proxy)) process.kill(pid, signal)
        proxy.child.kill(signal)
      }
      expect(await proxy.exited).toBe(0)
      for (const client of clients) {
        await client.closed()
        expect(client.bytes.subarray(-5).toString()).toBe(LAST_CHUNK)
      }
      expect(workersOf(proxy).filter(isAlive)).toEqual([])
    },
  )
})

it('a proxy whose workers have not yet started ends at SIGTERM with exit code 0', async () => {
  await using proxy = spawnProxy(['server', 'FILE'], {
    file: proxyFile({ backEnds, settings: { workers: 3 } }),
  })
  await eventually('the first worker has started', () => workersOf(proxy).length > 0)
  proxy.child.kill('SIGTERM')
  expect(await proxy.exited).toBe(0)
  expect(proxy.stdout).toBe('')
  await eventually('no worker is left', () => !workersOf(proxy).some(isAlive))
})
