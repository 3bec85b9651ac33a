import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { LoadError } from '../../errors.ts'
import type { Transport } from '../../lib/settings/transport.ts'
import { type ProgramOptions, startProgram, abortable } from '../../process/program.ts'

/** A running server that sends events to many clients. */
export interface Peer extends AsyncDisposable {
  /** URLs of its event stream; clients are distributed evenly over them. */
  readonly urls: readonly string[]
  /** How clients connect; default: raw. */
  readonly transport?: Transport
  /** Its processes; their descendants count as well. */
  readonly pids: readonly number[]
  /** The server's own counters since the last call; undefined = it has none. */
  readonly readCounters?: () => Promise<PeerCounters>
}

export interface PeerCounters {
  /** Events in one write, on average. */
  readonly framesPerWrite: number | undefined
  /** Longest stall of the event loop in ms. */
  readonly stallMs: number | undefined
}

export interface PeerOptions {
  /** The back end: an event stream. */
  readonly originUrl: string
  /** Number of processes that share the clients, for servers that support several. */
  readonly workers: number
  /** Empty directory for its files. */
  readonly scratchDir: string
  readonly signal: AbortSignal
}

/** A product, and how to start it. */
export interface Contestant {
  readonly name: string
  /** How events get from the back end to it. */
  readonly source: string
  readonly version: (signal: AbortSignal) => Promise<string>
  /** Throws `cannot-start` with what is missing. */
  readonly start: (options: PeerOptions) => Promise<Peer>
}

const START_TIMEOUT_MS = 60_000
const POLL_MS = 20
/**
 * Below the range that systems assign for port 0: no other program gets one of these ports before it
 * is used.
 */
const RANGE = [10_000, 30_000] as const

interface ServingOptions extends Pick<ProgramOptions, 'name' | 'command' | 'args' | 'variables'> {
  /** The server is ready when this port accepts connections. */
  readonly port: number
  /** How to install the program. */
  readonly install: string
  readonly signal: AbortSignal
  /**
   * Directory for its output. A server that logs each client would otherwise keep this process
   * busy.
   */
  readonly scratchDir: string
  /** Name of the file for its output; default: `log`. */
  readonly logName?: string | undefined
}

const RAISE_AND_RUN = 'ulimit -Sn "$(ulimit -Hn)" && log="$0" && exec "$@" >"$log" 2>&1'

/** Starts a program with the highest limit of open files, and waits until it listens. */
export async function startServing(options: ServingOptions) {
  const {
    name,
    command,
    args,
    variables,
    port,
    install,
    signal,
    scratchDir,
    logName = 'log',
  } = options
  const log = join(scratchDir, `${logName}.txt`)
  const raised = ['-c', RAISE_AND_RUN, log, command, ...args]
  const serving = startProgram({
    name,
    command: 'sh',
    args: raised,
    ...(variables && { variables }),
  })
  const exit = serving.ended.then(async ({ exitCode }) => {
    const output = await readFile(log, 'utf8').catch(() => '')
    throw new LoadError('cannot-start', `${name} ended with ${exitCode} (${install})\n${output}`)
  })
  try {
    await Promise.race([abortable(listening(port, name), signal), exit])
    return { pid: serving.pid ?? 0, [Symbol.asyncDispose]: () => serving[Symbol.asyncDispose]() }
  } catch (error) {
    await serving[Symbol.asyncDispose]()
    throw error
  } finally {
    exit.catch(() => {}) // From now on its clients detect a failure.
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

/** Splits command lines into words. */
export function flags(...lines: readonly string[]): readonly string[] {
  return lines.join(' ').split(' ')
}

/** Ports without a listener, for programs that cannot choose and report one. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = new Map<number, Server>()
  while (servers.size < count) {
    const port = randomInt(...RANGE)
    const server = servers.has(port) ? undefined : await listenAt(port)
    if (server !== undefined) servers.set(port, server)
  }
  for (const server of servers.values()) server.close()
  return [...servers.keys()]
}

/** Undefined when the port is taken. */
async function listenAt(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
}
