import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { eventually } from './deadline.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** What Node takes to run the program: compiled once for all tests, or else at each start. */
const COMPILED = process.env['TEST_COMPILED']
const MAIN =
  COMPILED === undefined
    ? ['--import', 'tsx', fileURLToPath(new URL('../main.ts', import.meta.url))]
    : [join(COMPILED, 'proxy/main.js')]

export interface SpawnedProxy extends AsyncDisposable {
  readonly child: ChildProcess
  readonly stdout: string
  readonly stderr: string
  /** Application port, once it listens. */
  readonly port: () => Promise<number>
  /** Admin port, as the log tells it. */
  readonly adminPort: () => Promise<number>
  /** Exit code, once it has ended. */
  readonly exited: Promise<number | null>
  /** Folder of its own for files, removed in the end. */
  readonly folder: string
}

export interface SpawnOptions {
  /** Text of the file that `FILE` among the arguments stands for. */
  readonly file?: string
  readonly environment?: NodeJS.ProcessEnv
  /** Limit of open files; default the one of this process. */
  readonly openFiles?: number
  /** Limit of the size of a file that it writes, in blocks of 512 bytes. */
  readonly fileBlocks?: number
  /** Descriptors in place of pipes that are read. */
  readonly stdout?: number
  readonly stderr?: number
}

/** The program, as a user starts it. */
export function spawnProxy(args: readonly string[], options: SpawnOptions = {}): SpawnedProxy {
  const folder = temporaryFolder('proxy-')
  const file = join(folder.path, 'proxy.yaml')
  if (options.file !== undefined) writeFileSync(file, options.file)
  const given = args.map((arg) => (arg === 'FILE' ? file : arg))
  const program = [process.execPath, ...MAIN, ...given]
  const limits = [
    options.openFiles === undefined ? '' : `ulimit -n ${options.openFiles} && `,
    options.fileBlocks === undefined ? '' : `ulimit -f ${options.fileBlocks} && `,
  ]
  // The shell becomes the program, so that signals reach it.
  const child = spawn('/bin/sh', ['-c', `${limits.join('')}exec "$@"`, 'sh', ...program], {
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', options.stdout ?? 'pipe', options.stderr ?? 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString()))
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
  const exited = once(child, 'close').then(() => child.exitCode)
  return {
    child,
    get stdout() {
      return stdout
    },
    get stderr() {
      return stderr
    },
    port: async () => {
      const [, port] = await eventually('the proxy listens', () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${stderr}`)
        return /^listening on http:\/\/[\d.]+:(\d+)\n$/.exec(stdout) ?? undefined
      })
      return Number(port)
    },
    adminPort: async () => {
      const [, port] = await eventually('the log names the admin port', () => {
        return /"adminUrls":\["http:\/\/127\.0\.0\.1:(\d+)"/.exec(stderr) ?? undefined
      })
      return Number(port)
    },
    exited,
    folder: folder.path,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
      await folder[Symbol.asyncDispose]()
    },
  }
}
