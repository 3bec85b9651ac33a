// Node's own, not execa and zod: loading those takes longer than the rest of the demo.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const START_MS = 60_000
const STOP_MS = 2_000
/** How many of the last lines on a server's standard error are kept until it has started. */
const KEPT_LINES = 50

export interface ServerOptions {
  /** Name of the server in error messages. */
  readonly name: string
  /** Path of its main file from the root of the repository. */
  readonly script: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Flags of `npm start` that change the ports of this server. */
  readonly portFlags: string
}

export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly adminUrl: string
  /** Calls `print` for each line that the server writes to standard error from its start on. */
  onLog(print: (line: string) => void): void
  /** Settles with the exit code when the process has ended, for any reason. */
  readonly exited: Promise<number>
}

/** A server that did not start. `exitCode` is the one that the server ended with. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError'
  readonly exitCode: number

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/**
 * Runs a server of this repository in its own process, as an operator would, and waits until it
 * listens. Disposal stops it. Throws `ServerStartError` with the server's output when it does not
 * start.
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const program = nodeArguments(options.script)
  const server = spawn(process.execPath, [...program, ...options.args, '--json'], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = (): void => void server.kill('SIGKILL')
  process.once('exit', kill)
  const printed: string[] = []
  let log: ((line: string) => void) | undefined
  createInterface({ input: server.stderr }).on('line', (line) => {
    if (log !== undefined) log(line)
    else if (printed.push(line) > KEPT_LINES) printed.shift()
  })
  const onLog = (print: (line: string) => void): void => {
    log = print
    for (const line of printed) print(line)
  }
  const exited = once(server, 'close').then(([exitCode]: unknown[]) => {
    process.removeListener('exit', kill)
    return typeof exitCode === 'number' ? exitCode : 70
  })
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM')
    const late = setTimeout(kill, STOP_MS)
    await exited
    clearTimeout(late)
  }
  const deadline = setTimeout(() => server.kill('SIGTERM'), START_MS)
  try {
    const line = await firstLine(createInterface({ input: server.stdout }))
    const { url, adminUrl } = readListening(line)
    return { url, adminUrl, onLog, exited, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw new ServerStartError(
      `${options.name} did not start; if a port is taken, change ${options.portFlags}:\n${printed.join('\n')}\n`,
      await exited,
      { cause: error },
    )
  } finally {
    clearTimeout(deadline)
  }
}

/** The URLs in a server's line `listening`; only the proxy has an `adminUrl`. */
function readListening(line: string): { readonly url: string; readonly adminUrl: string } {
  const { event, url, adminUrl = '' }: Readonly<Record<string, unknown>> = JSON.parse(line)
  if (event === 'listening' && typeof url === 'string' && typeof adminUrl === 'string')
    return { url, adminUrl }
  throw new Error(`expected the line "listening", got ${line}`)
}

/**
 * Arguments with which Node runs a script of this repository: compiled if this module is, else from
 * its sources.
 */
function nodeArguments(script: string): readonly string[] {
  const source = fileURLToPath(new URL(`../../${script}`, import.meta.url))
  if (import.meta.url.endsWith('.js')) return [source.replace(/\.ts$/, '.js')]
  return ['--import', import.meta.resolve('tsx'), source]
}

/**
 * Keeps the reader open, so that later output is read and discarded. Throws when there is no line.
 */
async function firstLine(lines: ReturnType<typeof createInterface>): Promise<string> {
  return await new Promise((resolve, reject) => {
    lines.once('line', resolve)
    lines.once('close', () => reject(new Error('the server ended without a line of output')))
  })
}
