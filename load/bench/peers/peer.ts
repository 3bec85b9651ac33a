import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { LoadError } from '../../errors.ts'
import { type ProgramOptions, startProgram, within } from '../../process/program.ts'

/** A server that brings events to many clients, running. */
export interface Peer extends AsyncDisposable {
  /** Where its clients' streams are. */
  readonly url: string
  /** Head of the tree of its processes. */
  readonly pid: number
}

interface PeerOptions {
  /** The back end: an event stream. */
  readonly originUrl: string
  /** Processes that share the clients, for those who can have more than one: a core for each, or as many as open files ask for. */
  readonly workers: number
  /** For its files; empty. */
  readonly scratchDir: string
  readonly signal: AbortSignal
}

/** A product, and how it is brought to do the job. */
export interface Contestant {
  readonly name: string
  /** How events come from the back end to it. */
  readonly source: string
  readonly version: (signal: AbortSignal) => Promise<string>
  /** Throws `cannot-start` with what is missing. */
  readonly start: (options: PeerOptions) => Promise<Peer>
}

const START_TIMEOUT_MS = 20_000
const POLL_MS = 20

interface ServingOptions extends Pick<ProgramOptions, 'name' | 'command' | 'args'> {
  /** It is ready when this one answers. */
  readonly port: number
  /** Where its program comes from, for who lacks it. */
  readonly install: string
  readonly signal: AbortSignal
  /** For what it prints: who logs each client would keep this process busy. */
  readonly scratchDir: string
}

const RAISE_AND_RUN = 'ulimit -Sn "$(ulimit -Hn)" && log="$0" && exec "$@" >"$log" 2>&1'

/** Starts a program with as many open files as it may have, and waits until it listens. */
export async function startServing(options: ServingOptions) {
  const { name, command, args, port, install, signal, scratchDir } = options
  const log = join(scratchDir, 'log.txt')
  const raised = ['-c', RAISE_AND_RUN, log, command, ...args]
  const serving = startProgram({ name, command: 'sh', args: raised })
  const death = serving.ended.then(async ({ exitCode }) => {
    const told = await readFile(log, 'utf8').catch(() => '')
    throw new LoadError('cannot-start', `${name} ended with ${exitCode} (${install})\n${told}`)
  })
  try {
    await Promise.race([within(listening(port, name), signal), death])
    return { pid: serving.pid ?? 0, [Symbol.asyncDispose]: () => serving[Symbol.asyncDispose]() }
  } catch (error) {
    await serving[Symbol.asyncDispose]()
    throw error
  } finally {
    death.catch(() => {}) // From here on whoever talks to it notices.
  }
}

async function listening(port: number, name: string): Promise<void> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadlineMs) {
    if (await accepts(port)) return
    await pause(POLL_MS)
  }
  throw new LoadError('cannot-start', `${name} did not listen within ${START_TIMEOUT_MS / 1000} s`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Words of command lines, as a shell without quotes would take them. */
export function flags(...lines: readonly string[]): readonly string[] {
  return lines.join(' ').split(' ')
}

/** Ports that nobody listens on, for programs that cannot say which one they took. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    return address === null || typeof address === 'string' ? 0 : address.port
  })
  for (const server of servers) server.close()
  return ports
}
