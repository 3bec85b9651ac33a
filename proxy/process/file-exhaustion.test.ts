import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient, requestText } from '../testing/raw-client.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { type SpawnedProxy, spawnProxy } from '../testing/spawn-proxy.ts'
import { isAlive, workersOf } from '../testing/workers.ts'

const FEWEST_FILES = 10

/** Why a running process cannot be given another limit of open files; undefined = it can. */
function whyNoLimit(): string | undefined {
  try {
    execFileSync('prlimit', ['--pid', String(process.pid), '--nofile'], { stdio: 'pipe' })
    return undefined
  } catch {
    return 'there is no command prlimit'
  }
}

/** Sets the limit of open files; by default a new file has to find a number among those in use. */
function limitFiles(pid: number, most?: number): void {
  const inUse = Math.max(...readdirSync(`/proc/${pid}/fd`).map(Number)) + 1
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most ?? inUse}:`])
}

function pidOf({ child }: SpawnedProxy): number {
  if (child.pid === undefined) throw new Error('the proxy has not started')
  return child.pid
}

describe.skipIf(whyNoLimit() !== undefined)(
  `without a file left (${whyNoLimit() ?? 'limits set by prlimit'})`,
  () => {
    it('a proxy keeps its streams, refuses clients, and accepts them again when files are available', async () => {
      await using backEnd = await startBackEnd()
      await using proxy = spawnProxy(['server', 'FILE'], {
        file: proxyFile({ backEnds: [backEnd.uri] }),
      })
      const port = await proxy.port()
      await backEnd.requested(1)
      await using early = await RawClient.get({ port })
      limitFiles(pidOf(proxy))
      // A few may still find numbers that are free. Of the refused ones, the first alone does not
      // tell whether the listener survives.
      const clients: RawClient[] = []
      for (let refused = 0; refused < 5;) {
        const client = await RawClient.dial(port)
        clients.push(client)
        client.socket.write(requestText({}))
        await eventually('it is served or refused', () => client.isClosed || client.head)
        if (client.isClosed) refused += 1
      }
      backEnd.send('data: still here\n\n')
      await early.received(1)
      limitFiles(pidOf(proxy), 4096)
      await using late = await RawClient.get({ port })
      expect(late.head).toMatch(/^HTTP\/1\.1 200 /)
      expect(early.isClosed).toBe(false)
      for (const client of clients) client.socket.destroy()
    })

    it('a proxy replaces a dead worker as soon as files are available', async () => {
      await using proxy = spawnProxy(['server', 'FILE'], {
        file: proxyFile({ backEnds: ['http://127.0.0.1:1/'], settings: { workers: 2 } }),
      })
      const port = await proxy.port()
      const [victim = 0] = workersOf(proxy)
      // Fewer than it has open: the files of the dead worker are of no use either.
      limitFiles(pidOf(proxy), FEWEST_FILES)
      process.kill(victim, 'SIGKILL')
      await eventually('no worker can be made', () => proxy.stderr.includes('EMFILE'))
      limitFiles(pidOf(proxy), 4096)
      await eventually('there are two workers', () => workersOf(proxy).filter(isAlive).length === 2)
      await using client = await RawClient.get({ port })
      expect(client.head).toMatch(/^HTTP\/1\.1 200 /)
    })
  },
)
