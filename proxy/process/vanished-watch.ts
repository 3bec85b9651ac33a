import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import { readResendCount } from './resend-count.ts'
import {
  readUnanswered,
  SOCKET_TABLES,
  type SocketEnds,
  type UnansweredSocket,
} from './socket-table.ts'
import { VanishedClients } from './vanished-clients.ts'

export interface VanishedWatchOptions {
  /** Ports whose clients are watched. */
  readonly ports: readonly number[]
  /** Time without any answer after which a client is gone. */
  readonly goneMs: number
  /** These clients have vanished. */
  readonly onGone: (gone: readonly SocketEnds[]) => void
  readonly guard: BoundaryGuard
  readonly logger: Logger
  readonly nowMs: () => number
}

const LOOKS_PER_GONE = 4
const FASTEST_LOOK_MS = 100
const SLOWEST_LOOK_MS = 7500
/** Reading the table takes at most this part of a core, for any length of it. */
const MOST_PART = 1 / 20
/**
 * When a whole network fails, the rest is left to the next check, so that a message to the workers
 * stays small.
 */
const MOST_PER_LOOK = 5000

/**
 * Reads the kernel's table of sockets regularly, once for the whole proxy. The table has a line for
 * each client, so it is left alone while every peer answers at once, which two counters of the
 * kernel tell.
 */
export class VanishedWatch {
  readonly #options: VanishedWatchOptions
  readonly #clients: VanishedClients
  readonly #pauseMs: number
  #resends: number | undefined
  #pause: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: VanishedWatchOptions) {
    this.#options = options
    this.#clients = new VanishedClients(options.goneMs)
    const wantedMs = options.goneMs / LOOKS_PER_GONE
    this.#pauseMs = Math.min(SLOWEST_LOOK_MS, Math.max(FASTEST_LOOK_MS, wantedMs))
    if (options.ports.length > 0) this.#scheduleCheck(0)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#pause)
  }

  #scheduleCheck(pauseMs: number): void {
    if (this.#isClosed) return
    const { guard } = this.#options
    this.#pause = setTimeout(() => {
      void guard.runAsync(
        'timer',
        () => this.#check(),
        () => this.#scheduleCheck(SLOWEST_LOOK_MS),
      )
    }, pauseMs)
  }

  async #check(): Promise<void> {
    const { ports, onGone, logger, nowMs } = this.#options
    // Counted before the table is read: an attempt in between is found by the next check.
    const resends = await readResendCount()
    // What is sent again later changes the count again, so the first check needs no table.
    const isQuiet = resends !== undefined && resends === (this.#resends ?? resends)
    this.#resends = resends
    if (isQuiet && !this.#clients.hasSuspects) {
      this.#scheduleCheck(this.#pauseMs)
      return
    }
    // Not the time of a clock: on a busy machine a short table takes long as well.
    const usedBefore = process.cpuUsage()
    const unanswered: UnansweredSocket[] = []
    for (const table of SOCKET_TABLES) {
      try {
        await readUnanswered(table, ports, (socket) => unanswered.push(socket))
      } catch (error) {
        if (!isMissing(error)) throw error
        // Not Linux, or without IPv6.
        if (table === SOCKET_TABLES[0]) {
          logger.debug(`clients that vanish are found by the system only: there is no ${table}`)
          return
        }
      }
    }
    if (this.#isClosed) return
    const gone = this.#clients.look(unanswered, nowMs()).slice(0, MOST_PER_LOOK)
    if (gone.length > 0) onGone(gone)
    const { user, system } = process.cpuUsage(usedBefore)
    this.#scheduleCheck(Math.max(this.#pauseMs, (user + system) / 1000 / MOST_PART))
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
