import { execFileSync } from 'node:child_process'
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
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { listenOn } from '../listen.ts'
import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type SpawnedProxy, spawnProxy, type SpawnOptions } from '../testing/spawn-proxy.ts'
import { startProgram } from '../testing/start-program.ts'
import { temporaryFolder, type TemporaryFolder } from '../testing/temporary-folder.ts'

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants
const BACK_ENDS = 40
/**
 * Each failed connection is logged in two lines with the URL: few of them fill pipes and memory.
 */
const URL_BYTES = 2000
/** Their lines are more than a pipe or a socket buffers. */
const MANY_ATTEMPTS = 600_000 / (2 * URL_BYTES)
/** Their lines are more than a pipe and the memory for lines hold together. */
const TOO_MANY_ATTEMPTS = 2_000_000 / (2 * URL_BYTES)

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
    backEnds: Array.from(
      { length: BACK_ENDS },
      (_, index) => `http://127.0.0.1:${port}/${'x'.repeat(URL_BYTES)}${index}`,
    ),
    settings: { workers: 1, backEnd: quick },
    blocks: { logging: { level: 'ALL' } },
  })
})
afterEach(async () => {
  refusing.close()
  await folder[Symbol.asyncDispose]()
})

/** Starts the proxy with a port file, because some tests break standard output too. */
async function start(options: SpawnOptions): Promise<{ proxy: SpawnedProxy; port: number }> {
  const portFile = join(folder.path, 'ports')
  const proxy = spawnProxy(['server', 'FILE', '--port-file', portFile], { file, ...options })
  const port = await eventually('the port file is written', () => {
    if (proxy.child.exitCode !== null)
      throw new Error(`the proxy exited with ${proxy.child.exitCode}`)
    try {
      return Number(/^(\d+)\n\d+\n$/.exec(readFileSync(portFile, 'utf8'))?.[1]) || undefined
    } catch {
      return undefined
    }
  })
  return { proxy, port }
}

/** Waits for so many failed connections, then answers the response head of a new client. */
async function headAfter(count: number, { proxy, port }: { proxy: SpawnedProxy; port: number }) {
  const from = attempts
  await eventually('the proxy has logged many lines', () => attempts - from > count)
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

describe('the proxy', () => {
  it('the proxy serves while its log is an unread pipe, and later logs how many lines were dropped', async () => {
    const { reader, writer } = namedPipe()
    const started = await start({ stderr: writer })
    closeSync(writer)
    expect(await headAfter(TOO_MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    const bytes = Buffer.alloc(65_536)
    let text = ''
    await eventually('the log has the number of dropped lines', () => {
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

  it('the proxy serves and shuts down while its log is an unread socket', async () => {
    const started = await start({})
    await using proxy = started.proxy
    proxy.child.stderr?.pause()
    expect(await headAfter(MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    proxy.child.kill('SIGTERM')
    await once(proxy.child, 'exit')
    expect(proxy.child.exitCode).toBe(0)
    proxy.child.stderr?.resume()
  })

  it('the proxy serves while its log is a pipe without a reader', async () => {
    const { reader, writer } = namedPipe()
    const started = await start({ stderr: writer })
    closeSync(writer)
    closeSync(reader)
    await using proxy = started.proxy
    expect(await headAfter(MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })

  it('the proxy serves while its log and its standard output are on a full disk', async () => {
    const full = openSync('/dev/full', O_WRONLY)
    const started = await start({ stderr: full, stdout: full })
    closeSync(full)
    await using proxy = started.proxy
    expect(await headAfter(MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })

  it('the proxy logs again once the disk has space, and logs how many lines were dropped', async () => {
    const path = join(folder.path, 'log')
    const log = openSync(path, 'a')
    const started = await start({ stderr: log, fileBlocks: 64 })
    closeSync(log)
    await using proxy = started.proxy
    expect(await headAfter(TOO_MANY_ATTEMPTS, started)).toMatch(/200 OK/)
    truncateSync(path, 0)
    await eventually('the log has the number of dropped lines', () =>
      DROPPED.test(readFileSync(path, 'utf8')),
    )
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
  })

  it.each([[['--help']], [['check', 'FILE']]])(
    'the proxy exits with 0 after %s while its standard output is a closed pipe',
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

/** The module under test, compiled when the whole run is. */
const COMPILED = process.env['TEST_COMPILED']
const STREAMS =
  COMPILED === undefined
    ? new URL('standard-streams.ts', import.meta.url).href
    : pathToFileURL(join(COMPILED, 'proxy/output/standard-streams.js')).href

/** Runs code in a process whose standard streams are adopted. */
async function runCode(code: string, stderr?: number) {
  const script = join(folder.path, 'script.mjs')
  writeFileSync(
    script,
    `import { adoptStandardStreams } from '${STREAMS}'\nadoptStandardStreams()\n${code}`,
  )
  const loader = COMPILED === undefined ? ['--import', 'tsx'] : []
  await using program = startProgram(process.execPath, [...loader, script], { stderr })
  return { exitCode: await program.exited, text: program.stderr }
}

describe('an uncaught exception', () => {
  it('an uncaught exception ends the proxy with 70 and is logged after earlier output, without secrets', async () => {
    const { exitCode, text } = await runCode(
      `
console.error('first http://a/?token=secret')
process.emitWarning('second')
setImmediate(() => { throw new TypeError('http://u:secret@a/') })`,
    )
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toBe('first http://a/?token=***')
    expect(lines[1]).toContain('Warning: second')
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({
      level: 60,
      error: { name: 'TypeError', message: 'http://***@a/' },
    })
    expect([lines.length, exitCode]).toEqual([3, 70])
    expect(text).not.toContain('secret')
  })

  it('an uncaught exception in a promise ends the proxy with 70 and is logged without secrets', async () => {
    const code = "void Promise.reject(new TypeError('http://u:secret@a/'))"
    const { exitCode, text } = await runCode(code)
    expect(exitCode).toBe(70)
    expect(JSON.parse(text)).toMatchObject({ level: 60, error: { message: 'http://***@a/' } })
    expect(text).not.toContain('secret')
  })

  it('an uncaught exception ends the proxy with 70 while the log is an unread pipe', async () => {
    const { reader, writer } = namedPipe()
    const code = `for (let n = 0; n < 2000; n += 1) console.error('x'.repeat(100)); throw new Error('x')`
    expect((await runCode(code, writer)).exitCode).toBe(70)
    closeSync(writer)
    closeSync(reader)
  })
})
