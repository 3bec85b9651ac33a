import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { findQuietPort } from '../testing/free-port.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { startProgram } from '../testing/start-program.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const COMPILED = process.env['TEST_COMPILED']
const [LOADER, PROGRAM, MAIN] =
  COMPILED === undefined
    ? [
        ['--import', 'tsx'],
        fileURLToPath(new URL('../testing/worker-pool-program.ts', import.meta.url)),
        fileURLToPath(new URL('../main.ts', import.meta.url)),
      ]
    : [[], join(COMPILED, 'proxy/testing/worker-pool-program.js'), join(COMPILED, 'proxy/main.js')]

/**
 * Starts a worker pool on a connector with port 0 whose search for a port finds these; ends with
 * the test.
 */
function startPool(ports: readonly number[]) {
  const folder = temporaryFolder('worker-pool-')
  const file = join(folder.path, 'proxy.yaml')
  writeFileSync(file, proxyFile({ backEnds: ['http://127.0.0.1:1/'] }))
  const args = [...LOADER, PROGRAM, file, MAIN, ...ports.map(String)]
  const pool = startProgram(process.execPath, args)
  return {
    firstLine: async () => {
      return await eventually('the pool has written a line', () => {
        const { child, stdout, stderr } = pool
        if (child.exitCode !== null && !stdout.includes('\n'))
          throw new Error(`it ended: ${stderr}`)
        return stdout.includes('\n') && stdout
      })
    },
    terminate: async () => {
      pool.child.kill('SIGTERM')
      return await pool.exited
    },
    [Symbol.asyncDispose]: async () => {
      await pool[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

it('WorkerPool with port 0 chooses another port when another program has taken the first one', async () => {
  await using taken = await startBackEnd()
  const free = await findQuietPort()
  await using pool = startPool([taken.port, taken.port, free])
  expect(await pool.firstLine()).toBe(`port ${free}\n`)
  await using client = await RawClient.get({ port: free })
  expect(client.head).toContain('200 OK')
}, 120_000)

it('WorkerPool closes although a reply to a worker fails', async () => {
  await using pool = startPool([await findQuietPort()])
  expect(await pool.firstLine()).toMatch(/^port /)
  expect(await pool.terminate()).toBe(0)
}, 120_000)

it('WorkerPool with port 0 gives up after ten taken ports', async () => {
  await using taken = await startBackEnd()
  const ports = Array.from({ length: 20 }, () => taken.port)
  await using pool = startPool(ports)
  expect(await pool.firstLine()).toMatch(/^error ProxyError: cannot listen on .* in use/)
}, 120_000)
