import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { eventually } from './deadline.ts'
import { type ProgramOptions, type RunningProgram, startProgram } from './start-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** What Node takes to run the program: compiled once for all tests, or else at each start. */
const COMPILED = process.env['TEST_COMPILED']
const MAIN =
  COMPILED === undefined
    ? ['--import', 'tsx', fileURLToPath(new URL('../main.ts', import.meta.url))]
    : [join(COMPILED, 'proxy/main.js')]

export interface SpawnedProxy extends RunningProgram {
  /** Application port, once it listens. */
  readonly port: () => Promise<number>
  /** Admin port, as the log tells it. */
  readonly adminPort: () => Promise<number>
  /** Folder of its own for files, removed in the end. */
  readonly folder: string
}

export interface SpawnOptions extends ProgramOptions {
  /** Text of the file that `FILE` among the arguments stands for. */
  readonly file?: string
  /** Limit of open files; default the one of this process. */
  readonly openFiles?: number
  /** Limit of the size of a file that it writes, in blocks of 512 bytes. */
  readonly fileBlocks?: number
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
  const shell = ['-c', `${limits.join('')}exec "$@"`, 'sh', ...program]
  const running = startProgram('/bin/sh', shell, options)
  const { child, exited } = running
  return {
    child,
    get stdout() {
      return running.stdout
    },
    get stderr() {
      return running.stderr
    },
    exited,
    port: async () => {
      const [, port] = await eventually('the proxy listens', () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${running.stderr}`)
        return /^listening on http:\/\/[\d.]+:(\d+)\n$/.exec(running.stdout) ?? undefined
      })
      return Number(port)
    },
    adminPort: async () => {
      const [, port] = await eventually('the log names the admin port', () => {
        return /"adminUrls":\["http:\/\/127\.0\.0\.1:(\d+)"/.exec(running.stderr) ?? undefined
      })
      return Number(port)
    },
    folder: folder.path,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
