import {
  accessSync,
  chmodSync,
  constants,
  linkSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'

import type { Connector, UnixSocket } from './config/connector.ts'
import { ProxyError } from './errors.ts'

/** A connection to a Unix socket succeeds or fails at once. */
const PROBE_MS = 2000

/**
 * The file of a Unix socket. A socket listens first in a folder that is closed to others. Then its
 * file has its permissions, and gets its name only if no other process has it: nothing connects
 * before that, and no process takes the name of another one.
 */
export class SocketFile {
  readonly #socket: UnixSocket
  readonly #folder: string
  /** Where to listen before `publish`. */
  readonly openAt: string
  #published: Stats | undefined

  private constructor(socket: UnixSocket) {
    this.#socket = socket
    this.#folder = mkdtempSync(join(dirname(socket.path), '.sse-'))
    this.openAt = join(this.#folder, 's')
  }

  /** Throws `cannot-listen` if another process listens there, or if the path cannot be used. */
  static async claim(socket: UnixSocket): Promise<SocketFile> {
    const { path } = socket
    await refuseWhenTaken(path)
    try {
      return new SocketFile(socket)
    } catch (error) {
      throw cannotListen(path, reasonOf(error), error)
    }
  }

  /** Whether the file has had its name. */
  get isPublished(): boolean {
    return this.#published !== undefined
  }

  /** Gives the file its name, also when the socket was made again. Does nothing without a socket. */
  async publish(): Promise<void> {
    const { path, mode } = this.#socket
    if (statsOf(this.openAt) === undefined) return
    const stale = await refuseWhenTaken(path)
    try {
      chmodSync(this.openAt, mode)
      if (stale !== undefined) this.#takeAway(stale)
      linkSync(this.openAt, path)
      this.#published = statsOf(path)
      rmSync(this.openAt)
    } catch (error) {
      if (error instanceof ProxyError) throw error
      throw cannotListen(path, reasonOf(error), error)
    }
  }

  /** The socket is not made again. */
  settle(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Removes the file, unless it is that of another process by now. */
  remove(): void {
    const { path } = this.#socket
    const mine = this.#published
    this.#published = undefined
    if (mine !== undefined && isSame(mine, statsOf(path))) rmSync(path, { force: true })
    this.settle()
  }

  /** Another process may have replaced the stale file just now: its file goes back. */
  #takeAway(stale: Stats): void {
    const { path } = this.#socket
    const aside = join(this.#folder, 'stale')
    renameSync(path, aside)
    if (isSame(stale, statsOf(aside))) rmSync(aside)
    else {
      renameSync(aside, path)
      throw taken(path)
    }
  }
}

/** Throws `cannot-listen` for the first socket whose file could not be made. Changes nothing. */
export function checkSockets(connectors: readonly Pick<Connector, 'socket'>[]): void {
  for (const { socket } of connectors) {
    if (socket === undefined) continue
    const { path } = socket
    expectSocket(path, statsOf(path))
    try {
      accessSync(`${dirname(path)}/`, constants.W_OK | constants.X_OK)
    } catch (error) {
      throw cannotListen(path, reasonOf(error), error)
    }
  }
}

function expectSocket(path: string, stats: Stats | undefined): void {
  if (stats === undefined || stats.isSocket()) return
  const what = stats.isDirectory() ? 'a folder' : 'a file that is no socket'
  throw cannotListen(path, `expected a socket or nothing, got ${what}; remove it, or change path`)
}

/** The stale file at the path; undefined = there is none. Throws for a path that is in use. */
async function refuseWhenTaken(path: string): Promise<Stats | undefined> {
  const stats = statsOf(path)
  if (stats === undefined) return undefined
  expectSocket(path, stats)
  const answer = await probe(path)
  if (answer === 'ECONNREFUSED') return stats
  if (answer === 'ENOENT') return undefined
  if (answer === undefined || answer === 'EAGAIN') throw taken(path)
  const unknown = `the file does not tell whether a process listens there (${answer})`
  throw cannotListen(path, `${unknown}; remove the file if none does, or change path`)
}

/** Connects and closes. Undefined = a process listens, otherwise why not. */
async function probe(path: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = connect({ path })
    socket.setTimeout(PROBE_MS, () => resolve('ETIMEDOUT'))
    socket.on('connect', () => resolve(undefined))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.on('connect', () => socket.destroy()).on('timeout', () => socket.destroy())
  })
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

function isSame(one: Stats, other: Stats | undefined): boolean {
  return one.ino === other?.ino && one.dev === other.dev
}

function taken(path: string): ProxyError {
  return cannotListen(path, 'another process listens there; stop it, or change path')
}

function cannotListen(path: string, reason: string, cause?: unknown): ProxyError {
  return new ProxyError('cannot-listen', `cannot listen on unix:${path}: ${reason}`, { cause })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist; create it, or change path',
  ENOTDIR: 'its folder is a file; change path',
  EACCES: 'this user may not write to its folder; change path, or the rights of the folder',
  EROFS: 'its folder is read-only; change path',
  EEXIST: 'another process listens there; stop it, or change path',
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return REASONS['code' in error ? String(error.code) : ''] ?? error.message
}
