import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { startServer } from './server.ts'

let scratch: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'server-'))
})
afterEach(() => rm(scratch, { recursive: true }))

describe('startServer', () => {
  it('startServer waits for the ports, and stops the server on disposal', async () => {
    const server = await start(`
      import { createServer } from 'node:http'
      import { writeFileSync } from 'node:fs'
      const server = createServer((_, response) => response.end('here'))
      server.listen(0, '127.0.0.1', () => {
        writeFileSync(process.argv[2], server.address().port + '\\n7090\\n')
      })`)
    const url = `http://127.0.0.1:${server.ports[0]}`
    expect(server.ports[1]).toBe(7090)
    expect(await (await fetch(url)).text()).toBe('here')
    await server[Symbol.asyncDispose]()
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('startServer reports the output of a server that exited before it listened', async () => {
    const failing = start(`console.error('port taken'); process.exitCode = 3`)
    await expect(failing).rejects.toThrow(/it ended with 3 before it listened:\nport taken/)
  })

  it('startServer reports a server that exits after it listened', async () => {
    const server = await start(`
      import { writeFileSync } from 'node:fs'
      setInterval(() => {}, 1000)
      process.once('SIGUSR2', () => { console.error('out of memory'); process.exit(9) })
      writeFileSync(process.argv[2], '1\\n')`)
    process.kill(Number(server.pid), 'SIGUSR2')
    await expect(server.crash).rejects.toThrow('it ended with 9 during the run:\nout of memory')
  })

  it('startServer stops waiting when the run is aborted', async () => {
    const stop = new AbortController()
    const waiting = start('setInterval(() => {}, 1000)', stop.signal)
    stop.abort()
    await expect(waiting).rejects.toThrow('aborted')
  })
})

async function start(script: string, signal: AbortSignal = new AbortController().signal) {
  const file = join(scratch, 'server.mjs')
  const portFile = join(scratch, 'port')
  await writeFile(file, script)
  return startServer({ name: 'it', args: [file, portFile], portFile, signal })
}
