import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

import { LoadError } from '../errors.ts'
import { nodeArguments } from './node-arguments.ts'
import { type Program, type ProgramOptions, startProgram } from './program.ts'

/** A server of this repository that is listening. */
export interface Server extends AsyncDisposable {
  readonly name: string
  readonly pid: number | undefined
  /** Rejects with `crashed` when the server exits before disposal. Never settles otherwise. */
  readonly crash: Promise<never>
  /** From its port file: one line for each port. [protocol §8.1] */
  readonly ports: readonly number[]
}

export interface ServerOptions extends Omit<ProgramOptions, 'command' | 'onLine'> {
  /** A script and its arguments. */
  readonly args: readonly string[]
  /** File to which the server writes its ports. */
  readonly portFile: string
  readonly signal: AbortSignal
}

const START_TIMEOUT_MS = 60_000
const POLL_MS = 20

/**
 * Starts a Node program of this repository and waits until it listens. Throws `cannot-start` with
 * its output.
 */
export async function startServer({
  portFile,
  signal,
  args: [script = '', ...args],
  ...options
}: ServerOptions): Promise<Server> {
  const program = startProgram({
    ...options,
    command: process.execPath,
    args: [...nodeArguments(script), ...args],
  })
  // Else the wait for the ports would keep this process running after an exit of the server.
  const waiting = new AbortController()
  try {
    const ports = await Promise.race([
      portsOf(portFile, options.name, AbortSignal.any([signal, waiting.signal])),
      exitBeforeListening(program, options.name),
    ])
    const { name } = options
    let isDisposed = false
    const crash = program.ended.then(({ exitCode, lastLines }) => {
      if (isDisposed) return new Promise<never>(() => {})
      const output = lastLines.join('\n')
      throw new LoadError('crashed', `${name} ended with ${exitCode} during the run:\n${output}`)
    })
    crash.catch(() => {}) // Callers get the error when they race against it.
    const dispose = () => {
      isDisposed = true
      return program[Symbol.asyncDispose]()
    }
    return { name, pid: program.pid, crash, ports, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  } finally {
    waiting.abort()
  }
}

async function portsOf(
  file: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadlineMs) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text.endsWith('\n')) return text.trim().split('\n').map(Number)
    await pause(POLL_MS, undefined, { signal })
  }
  throw new LoadError('cannot-start', `${name} did not listen within ${START_TIMEOUT_MS / 1000} s`)
}

async function exitBeforeListening(program: Program, name: string): Promise<never> {
  const { exitCode, lastLines } = await program.ended
  throw new LoadError(
    'cannot-start',
    `${name} ended with ${exitCode} before it listened:\n${lastLines.join('\n')}`,
  )
}
