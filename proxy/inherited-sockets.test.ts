import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { parseConfig } from './config/read-config.ts'
import { withInheritedSockets } from './inherited-sockets.ts'
import { listenOn } from './listen.ts'
import { HeldSocket } from './testing/held-socket.ts'
import { proxyFile } from './testing/proxy-file.ts'
import { RawClient } from './testing/raw-client.ts'
import { startBackEnd } from './testing/scripted-back-end.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const config = parseConfig(proxyFile({ backEnds: ['http://127.0.0.1:9/'] }), 'test.yaml', {})
const PID = 4711

/** The descriptors of the application and the admin connector. */
function descriptorsIn(environment: NodeJS.ProcessEnv): readonly (number | undefined)[] {
  const { applicationConnectors, adminConnectors } = withInheritedSockets(config, environment, PID)
  return [...applicationConnectors, ...adminConnectors].map(({ fd }) => fd)
}

describe('withInheritedSockets', () => {
  it.each([
    ['none when there are none', {}, [undefined, undefined]],
    ['the first one to the application', { LISTEN_FDS: '1', LISTEN_PID: '4711' }, [3, undefined]],
    ['the next one to the admin port', { LISTEN_FDS: '2', LISTEN_PID: '4711' }, [3, 4]],
    [
      'none that are for another process',
      { LISTEN_FDS: '1', LISTEN_PID: '4712' },
      [undefined, undefined],
    ],
    [
      'none for a count that is no number',
      { LISTEN_FDS: 'x', LISTEN_PID: '4711' },
      [undefined, undefined],
    ],
  ])('withInheritedSockets gives the connectors %s', (_what, environment, expected) => {
    expect(descriptorsIn(environment)).toEqual(expected)
  })

  it('withInheritedSockets hides the variables from child processes', () => {
    const environment = { LISTEN_FDS: '1', LISTEN_PID: '4711', LISTEN_FDNAMES: 'a', PATH: '/bin' }
    withInheritedSockets(config, environment, PID)
    expect(environment).toEqual({ PATH: '/bin' })
  })

  it('withInheritedSockets refuses more sockets than there are connectors', () => {
    expect(() => descriptorsIn({ LISTEN_FDS: '3', LISTEN_PID: '4711' })).toThrow(
      'got 3 sockets for 2 connectors: expected one ListenStream for each connector, or fewer',
    )
  })
})

/** Starts a proxy at `held.sock` that listens to this path, and ends it. Returns its exit code. */
async function exitCodeAt(path: string, folder: string, workers: number): Promise<number> {
  await using backEnd = await startBackEnd()
  await using socket = await HeldSocket.open(join(folder, 'held.sock'))
  const file = join(folder, 'sse-proxy.yaml')
  const backEnds = [backEnd.uri]
  writeFileSync(file, proxyFile({ backEnds, socket: { path }, settings: { workers } }))
  const [started] = await Promise.allSettled([Promise.race([socket.start(file), socket.ended()])])
  if (started.status === 'rejected') throw started.reason
  if (typeof started.value === 'number') return started.value
  await using client = await RawClient.get({ port: path })
  expect(client.head).toContain('200 OK')
  process.kill(started.value.pid, 'SIGTERM')
  return await socket.ended()
}

describe('a Unix socket of another process', () => {
  it.each([1, 2])(
    'a proxy accepts clients at a Unix socket that it was started with, and leaves its file (workers: %i)',
    async (workers) => {
      await using folder = temporaryFolder('held-')
      const path = join(folder.path, 'held.sock')
      expect(await exitCodeAt(path, folder.path, workers)).toBe(0)
      expect(existsSync(path)).toBe(true)
    },
  )

  it('a proxy refuses a Unix socket of another path than that of its connector', async () => {
    await using folder = temporaryFolder('held-')
    expect(await exitCodeAt(join(folder.path, 'other.sock'), folder.path, 1)).toBe(3)
  })
})

describe('listenOn with a socket of another process', () => {
  it('listenOn refuses a descriptor that is no socket, and says what LISTEN_FDS has to count', async () => {
    const fd = 60_000
    await expect(listenOn(createServer(), { host: '127.0.0.1', port: 9080, fd })).rejects.toThrow(
      /^cannot listen on 127\.0\.0\.1:9080: .*LISTEN_FDS/,
    )
  })
})
