import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { startMockContentStore } from './start.ts'
import { RunningProgram } from './testing/run-program.ts'
import { StreamReader } from './testing/stream-reader.ts'
import { until } from './testing/until.ts'
import { VERSION } from './version.ts'

const folder = mkdtempSync(join(tmpdir(), 'mock-server-main-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LISTENING = /^listening on (http:\/\/127\.0\.0\.1:\d+)\n/

async function ended(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  await using program = new RunningProgram('main.ts', args)
  const code = await program.exited()
  expect(program.stdout).toBe('')
  return { code, stderr: program.stderr }
}

/** The descriptor of a full pipe without a reader. */
function fullPipe(): number {
  const path = join(folder, 'pipe')
  if (!existsSync(path)) spawnSync('bash', ['-c', 'mkfifo "$0"', path])
  const filling = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  try {
    for (;;) writeSync(filling, 'x')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
  }
  const pipe = openSync(path, constants.O_RDWR)
  closeSync(filling)
  return pipe
}

/** Starts the program, checks that it serves, stops it by a signal, and returns its exit code. */
async function serveAndStop(
  outputs: { readonly stdout?: number; readonly stderr?: number },
  act?: (program: RunningProgram) => void,
): Promise<number | null> {
  const portFile = join(folder, 'served-port')
  rmSync(portFile, { force: true })
  const args = ['--port', '0', '--port-file', portFile]
  await using program = new RunningProgram('main.ts', args, outputs)
  act?.(program)
  await until(() => existsSync(portFile), 'the port file is there')
  const ready = `http://127.0.0.1:${Number(readFileSync(portFile, 'utf8'))}/__mock/health/ready`
  expect((await fetch(ready)).status).toBe(200)
  program.signal('SIGTERM')
  return await program.exited()
}

describe('mock-content-store', () => {
  it('mock-content-store serves and stops with closed pipes for standard output and error', async () => {
    expect(await serveAndStop({}, (program) => program.stopReading())).toBe(0)
  })

  it.skipIf(process.platform !== 'linux')(
    'mock-content-store serves and stops with standard output and error on a full disk (Linux only)',
    async () => {
      const full = openSync('/dev/full', 'w')
      expect(await serveAndStop({ stdout: full, stderr: full })).toBe(0)
      closeSync(full)
    },
  )

  it.skipIf(process.platform !== 'linux')(
    'mock-content-store serves and stops with full pipes for standard output and error (Linux only)',
    async () => {
      const pipe = fullPipe()
      expect(await serveAndStop({ stdout: pipe, stderr: pipe })).toBe(0)
      closeSync(pipe)
    },
  )

  it('mock-content-store reports an uncaught exception, and continues to serve', async () => {
    const defect = join(folder, 'defect.mjs')
    writeFileSync(defect, `process.on('SIGUSR2', () => { throw new Error('a defect') })`)
    await using program = new RunningProgram('main.ts', ['--port', '0'], {
      env: { NODE_OPTIONS: `--import=${pathToFileURL(defect).href}` },
    })
    const url = await program.printed(LISTENING)
    await using stream = await StreamReader.open(`${url}/webservice/escenic/changelog/sse`)
    program.signal('SIGUSR2')
    await until(() => program.stderr.includes('mock-content-store: Error: a defect'), 'the report')
    const edit = await fetch(`${url}/__mock/items/801/publish`, { method: 'POST' })
    expect(edit.status).toBe(200)
    await stream.until(({ data }) => data.length > 0, 'an event')
    program.signal('SIGTERM')
    expect(await program.exited()).toBe(0)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'mock-content-store exits with code 0 on %s while a stream is open',
    async (signal) => {
      await using program = new RunningProgram('main.ts', ['--port', '0'])
      const url = await program.printed(LISTENING)
      await using stream = await StreamReader.open(`${url}/webservice/escenic/changelog/sse`)
      program.signal(signal)
      expect(await program.exited()).toBe(0)
      expect(stream.text).toBe('')
      expect(program.stdout).toBe(`listening on ${url}\n`)
    },
  )

  it('mock-content-store writes its port to a file and one JSON object to standard output', async () => {
    const portFile = join(folder, 'port')
    await using program = new RunningProgram('main.ts', [
      '--port',
      '0',
      '--json',
      '--port-file',
      portFile,
    ])
    const line: unknown = JSON.parse(await program.printed(/^(\{.*\})\n/))
    const port = Number(readFileSync(portFile, 'utf8'))
    expect(line).toEqual({
      event: 'listening',
      url: `http://127.0.0.1:${port}`,
      port,
      pid: program.pid,
    })
  })

  it('mock-content-store prints its URLs to standard error, and no password', async () => {
    await using program = new RunningProgram('main.ts', ['--port', '0', '--login', 'qa:secret'])
    const url = await program.printed(LISTENING)
    program.signal('SIGTERM')
    await program.exited()
    expect(program.stderr).toContain(
      `start feed    ${url}/webservice/escenic/section/ROOT/subsections`,
    )
    expect(program.stderr).toContain('login         qa')
    expect(program.stderr).not.toContain('secret')
  })

  it('mock-content-store reads settings from the environment', async () => {
    await using program = new RunningProgram('main.ts', [], {
      env: { MCS_PORT: '0', MCS_JSON: 'true' },
    })
    expect(JSON.parse(await program.printed(/^(\{.*\})\n/))).toMatchObject({ event: 'listening' })
  })

  it('mock-content-store exits with 2 and a list of all mistakes', async () => {
    const { code, stderr } = await ended(['word', '--login', 'x', '--public-url', 'nowhere'])
    expect(code).toBe(2)
    expect(stderr.trimEnd().split('\n')).toEqual([
      'mock-content-store: unexpected argument "word": settings are given as --flags',
      expect.stringContaining(
        'mock-content-store: --public-url: expected an http:// or https:// URL',
      ),
      'mock-content-store: --login: expected NAME:PASSWORD, got something else (not shown)',
    ])
  })

  it('mock-content-store exits with 3 when the port is taken', async () => {
    await using store = await startMockContentStore()
    const { code, stderr } = await ended(['--port', String(store.port)])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^mock-content-store: port \d+ on 127\.0\.0\.1 is taken; [^\n]+\n$/)
  })

  it('mock-content-store exits with 3 when it cannot write the port file', async () => {
    await using program = new RunningProgram('main.ts', [
      '--port',
      '0',
      '--port-file',
      join(folder, 'no', 'port'),
    ])
    expect(await program.exited()).toBe(3)
    expect(program.stderr).toContain('cannot write')
  })

  it('mock-content-store prints the version of the package', async () => {
    await using program = new RunningProgram('main.ts', ['--version'])
    expect(await program.exited()).toBe(0)
    expect(program.stdout).toBe(`${VERSION}\n`)
  })

  it('mock-content-store prints help with examples, flags and variables', async () => {
    await using program = new RunningProgram('main.ts', ['--help'])
    expect(await program.exited()).toBe(0)
    expect(program.stdout).toContain('$ mock-content-store --port 0 --json')
    expect(program.stdout).toContain('--heartbeat-ms <MS>')
    expect(program.stdout).toContain('[MCS_HEARTBEAT_MS]')
  })
})
