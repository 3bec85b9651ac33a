import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { listenOn } from '../listen.ts'
import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type SpawnedProxy, spawnProxy, type SpawnOptions } from '../testing/spawn-proxy.ts'
import { temporaryFolder, type TemporaryFolder } from '../testing/temporary-folder.ts'

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants
const BACK_ENDS = 40
/** Each failed attempt is logged in two lines of more than 100 bytes: more than a pipe or socket holds, */
const MANY_ATTEMPTS = 1500
/** and more than the memory for lines holds too. */
const TOO_MANY_ATTEMPTS = 4500

let folder: TemporaryFolder
let refusing: Server
let attempts: number
let file: string

beforeEach(async () => {
  folder = temporaryFolder('log-')
  attempts = 0
  refusing = createServer((socket) => {
    attempts += 1
    socket.on('error', () => undefined).destroy()
  })
  const port = await listenOn(refusing, { host: '127.0.0.1', port: 0 })
  const quick = { reconnectFirstMs: 1, reconnectCapMs: 1 }
  file = proxyFile({
    backEnds: Array.from({ length: BACK_ENDS }, (_, index) => `http://127.0.0.1:${port}/${index}`),
    settings: { workers: 1, backEnd: quick },
    blocks: { logging: { level: 'ALL' } },
  })
})
afterEach(async () => {
  refusing.close()
  await folder[Symbol.asyncDispose]()
})

/** Starts it with a port file, since standard output may be of no use either. */
async function start(options: SpawnOptions): Promise<{ proxy: SpawnedProxy; port: number }> {
  const portFile = join(folder.path, 'ports')
  const proxy = spawnProxy(['server', 'FILE', '--port-file', portFile], { file, ...options })
  const port = await eventually('the port file is written', () => {
    if (proxy.child.exitCode !== null) throw new Error(`it ended: ${proxy.child.exitCode}`)
    try {
      return Number(/^(\d+)\n\d+\n$/.exec(readFileSync(portFile, 'utf8'))?.[1]) || undefined
    } catch {
      return undefined
    }
  })
  return { proxy, port }
}

async function servesAfter(count: number, { proxy, port }: { proxy: SpawnedProxy; port: number }) {
  const from = attempts
  await eventually('it has logged much', () => attempts - from > count, 25_000)
  await using client = await RawClient.get({ port })
  expect(proxy.child.exitCode).toBe(null)
  return client.head
}

function namedPipe() {
  const path = join(folder.path, 'pipe')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, O_RDONLY | O_NONBLOCK)
  return { path, reader, writer: openSync(path, O_WRONLY) }
}

const DROPPED = /"dropped":(\d+),"msg":"\d+ log lines were dropped/

describe('the log', () => {
  it('on a pipe that nobody reads does not stop the proxy, and says later what was dropped', async () => {
    const { reader, writer } = namedPipe()
    const started = await start({ stderr: writer })
    closeSync(writer)
    expect(await servesAfter(TOO_MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    const bytes = Buffer.alloc(65_536)
    let text = ''
    await eventually('the log names a number', () => {
      try {
        text += bytes.toString('utf8', 0, readSync(reader, bytes))
      } catch {
        return undefined
      }
      return DROPPED.test(text)
    })
    for (const line of text.split('\n').slice(0, -1))
      expect(() => void JSON.parse(line)).not.toThrow()
    started.proxy.child.kill('SIGTERM')
    expect(await started.proxy.exited).toBe(0)
    closeSync(reader)
    await started.proxy[Symbol.asyncDispose]()
  })

  it('on a socket that nobody reads does not stop the proxy, nor its end', async () => {
    const started = await start({})
    await using proxy = started.proxy
    proxy.child.stderr?.pause()
    expect(await servesAfter(MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    proxy.child.kill('SIGTERM')
    await once(proxy.child, 'exit')
    expect(proxy.child.exitCode).toBe(0)
    proxy.child.stderr?.resume()
  })

  it('on a pipe whose reader has gone does not stop the proxy', async () => {
    const { reader, writer } = namedPipe()
    const started = await start({ stderr: writer })
    closeSync(writer)
    closeSync(reader)
    await using proxy = started.proxy
    expect(await servesAfter(MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })

  it('on a full disk does not stop the proxy, and neither does the start-up line', async () => {
    const full = openSync('/dev/full', O_WRONLY)
    const started = await start({ stderr: full, stdout: full })
    closeSync(full)
    await using proxy = started.proxy
    expect(await servesAfter(MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })

  it('goes on once there is space again, and says what was dropped', async () => {
    const path = join(folder.path, 'log')
    const log = openSync(path, 'a')
    const started = await start({ stderr: log, fileBlocks: 64 })
    closeSync(log)
    await using proxy = started.proxy
    expect(await servesAfter(TOO_MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    truncateSync(path, 0)
    await eventually('the log names a number', () => DROPPED.test(readFileSync(path, 'utf8')))
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })
})

describe('standard output', () => {
  it.each([[['--help']], [['check', 'FILE']]])(
    'that is a closed pipe does no harm to %s',
    async (args) => {
      const { reader, writer } = namedPipe()
      closeSync(reader)
      await using proxy = spawnProxy(args, { file, stdout: writer })
      closeSync(writer)
      expect(await proxy.exited).toBe(0)
      expect(proxy.stderr).toBe('')
    },
  )
})

describe('an exception that nothing has caught', () => {
  const streams = new URL('./standard-streams.ts', import.meta.url).href

  async function run(code: string, stderr: 'pipe' | number) {
    const script = join(folder.path, 'script.ts')
    writeFileSync(
      script,
      `import * as streams from '${streams}'\nstreams.adoptStandardStreams()\n${code}`,
    )
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', stderr],
    })
    let text = ''
    child.stderr?.on('data', (bytes: Buffer) => (text += bytes.toString()))
    await once(child, 'close')
    return { exitCode: child.exitCode, text }
  }

  it.each([
    ["setTimeout(() => { throw new TypeError('http://u:secret@a/') })"],
    ["void Promise.reject(new TypeError('http://u:secret@a/'))"],
  ])('is logged without secrets and ends the process with 70: %s', async (code) => {
    const { exitCode, text } = await run(code, 'pipe')
    expect(exitCode).toBe(70)
    expect(JSON.parse(text)).toMatchObject({
      level: 60,
      error: { name: 'TypeError', message: 'http://***@a/' },
    })
    expect(text).not.toContain('secret')
  })

  it('ends the process also when nobody reads the log', async () => {
    const { reader, writer } = namedPipe()
    const code = `for (let n = 0; n < 2000; n += 1) console.error('x'.repeat(100)); throw new Error('x')`
    expect((await run(code, writer)).exitCode).toBe(70)
    closeSync(writer)
    closeSync(reader)
  })

  it('leaves the log complete: console, warnings of Node and the stack, in order', async () => {
    const code = `
console.error('first http://a/?token=secret')
process.emitWarning('second')
setImmediate(() => { throw new Error('third') })`
    const { text } = await run(code, 'pipe')
    expect(text).toMatch(/^first http:\/\/a\/\?token=\*\*\*\n.*Warning: second"\}\n.*third/)
  })
})
