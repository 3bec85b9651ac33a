import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { eventually } from './deadline.ts'
import { type ProgramOptions, type RunningProgram, startProgram } from './start-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Arguments for Node: the program compiled once for all tests, or its sources. */
const COMPILED = process.env['TEST_COMPILED']
export const PROXY_NODE_ARGS = COMPILED === undefined ? ['--import', 'tsx'] : []
/** Its first module. */
export const PROXY_MAIN =
  COMPILED === undefined
    ? fileURLToPath(new URL('../main.ts', import.meta.url))
    : join(COMPILED, 'proxy/main.js')
/** The program, as words of a command. */
export const PROXY_PROGRAM: readonly string[] = [process.execPath, ...PROXY_NODE_ARGS, PROXY_MAIN]

export interface SpawnedProxy extends RunningProgram {
  /** Application port, once it listens. */
  readonly port: () => Promise<number>
  /** Admin port, from the log. */
  readonly adminPort: () => Promise<number>
  /** A folder for its files, removed at the end. */
  readonly folder: string
}

export interface SpawnOptions extends ProgramOptions {
  /** Text of a file whose path replaces `FILE` in the arguments. */
  readonly file?: string
  /** Limit of open files; default: the limit of this process. */
  readonly openFiles?: number
  /** Words of a command that runs the program, for example on another machine. */
  readonly through?: readonly string[]
  /** Largest size of a file that it writes, in blocks of 512 bytes. */
  readonly fileBlocks?: number
}

/** Starts the program as a user does. */
export function spawnProxy(args: readonly string[], options: SpawnOptions = {}): SpawnedProxy {
  const folder = temporaryFolder('proxy-')
  const file = join(folder.path, 'proxy.yaml')
  if (options.file !== undefined) writeFileSync(file, options.file)
  const given = args.map((arg) => (arg === 'FILE' ? file : arg))
  const program = [...(options.through ?? []), ...PROXY_PROGRAM, ...given]
  const limits = [
    options.openFiles === undefined ? '' : `ulimit -n ${options.openFiles} && `,
    options.fileBlocks === undefined ? '' : `ulimit -f ${options.fileBlocks} && `,
  ]
  // `exec` replaces the shell, so that signals reach the program.
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
        if (child.exitCode !== null) throw new Error(`the proxy ended: ${running.stderr}`)
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
