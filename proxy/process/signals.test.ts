import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { isAlive, workersOf } from '../testing/workers.ts'

const backEnds = ['http://127.0.0.1:1/']
const LAST_CHUNK = '0\r\n\r\n'

describe.each([
  ['one process', 1],
  ['two workers', 2],
])('a proxy with %s', (processes, workers) => {
  const file = proxyFile({ backEnds, settings: { workers } })

  it(`a proxy with ${processes} reloads its file at SIGHUP, and a file with a mistake changes nothing`, async () => {
    await using backEnd = await startBackEnd()
    const fileOf = (extra: object) =>
      proxyFile({ backEnds: [backEnd.uri], settings: { workers, ...extra } })
    await using proxy = spawnProxy(['server', 'FILE'], { file: fileOf({}) })
    const path = join(proxy.folder, 'proxy.yaml')
    const port = await proxy.port()
    await using client = await RawClient.get({ port })
    const hangUp = async (text: string, line: string) => {
      writeFileSync(path, text)
      // systemd may send a signal to all processes of a service.
      for (const pid of workersOf(proxy)) process.kill(pid, 'SIGHUP')
      proxy.child.kill('SIGHUP')
      await eventually(`the log has: ${line}`, () => proxy.stderr.includes(line))
    }
    await hangUp('server: [', 'the configuration is not reloaded, nothing has changed')
    await hangUp(
      fileOf({ limits: { maxPerAddress: 1 } }),
      'configuration reloaded: proxy.limits.maxPerAddress',
    )
    await eventually('new clients are refused', async () => {
      await using next = await RawClient.get({ port })
      return next.head?.startsWith('HTTP/1.1 503')
    })
    backEnd.send('data: after the reload\n\n')
    await client.received(1)
    expect(client.data).toEqual(['after the reload'])
    expect(workersOf(proxy)).toHaveLength(workers === 1 ? 0 : workers)
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })

  it.each([
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
