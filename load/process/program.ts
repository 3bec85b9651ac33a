import { createInterface } from 'node:readline'

import { execa } from 'execa'

import { LoadError } from '../errors.ts'

/** A child process. Disposal stops it, if necessary by SIGKILL. */
export interface Program extends AsyncDisposable {
  /** undefined = it could not be started. */
  readonly pid: number | undefined
  /** Settles when the process has ended and its output has been read. */
  readonly ended: Promise<ExitStatus>
}

interface ExitStatus {
  /** null = a signal ended the process. */
  readonly exitCode: number | null
  /** The last lines of its standard error. */
  readonly lastLines: readonly string[]
}

export interface ProgramOptions {
  /** For messages, e.g. `the proxy`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string | undefined
  /** Added to the environment of this process. */
  readonly variables?: Readonly<Record<string, string>> | undefined
  /** The whole environment; default: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  readonly onLine?: ((line: string) => void) | undefined
}

const KEPT_LINES = 20
/** How long a process may take to end after SIGTERM. */
const GRACE_MS = 5_000

const running = new Set<{ kill: (signal: 'SIGKILL') => boolean }>()

/** Kills all children at the exit of this process, when no wait is possible. */
export function killPrograms(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Starts a process. Each line of its standard output and standard error goes to `onLine`. */
export function startProgram(options: ProgramOptions): Program {
  const { name, command, args, cwd, variables, environment, onLine } = options
  const child = execa(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...(environment ?? process.env), ...variables },
    extendEnv: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    forceKillAfterDelay: GRACE_MS,
    // The listener of execa would end this process on the first signal, before it has stopped its
    // programs.
    cleanup: false,
  })
  running.add(child)
  const lastLines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => onLine?.(line))
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line)
    if (lastLines.length > KEPT_LINES) lastLines.shift()
    onLine?.(line)
  })
  const ended = child.then((result): ExitStatus => {
    running.delete(child)
    const { exitCode = null, signal, cause, originalMessage } = result
    if (exitCode !== null || signal !== undefined) return { exitCode, lastLines }
    const message = `${name} cannot be started: ${originalMessage}`
    throw new LoadError('cannot-start', message, { cause })
  })
  // Callers get the error when they await it. Without this line a failed start would end this
  // process first.
  ended.catch(() => {})
  const stop = async (): Promise<void> => {
    child.kill()
    await ended.catch(() => {})
  }
  return { pid: child.pid, ended, [Symbol.asyncDispose]: stop }
}

/**
 * The result of `work`. When the signal aborts first, its reason is thrown, and `work` is left to
 * its owner.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const listening = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true, signal: listening.signal })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    listening.abort()
  }
}
