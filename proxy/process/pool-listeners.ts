import type { ChildProcess } from 'node:child_process'

import type { Connector } from '../config/connector.ts'
import { Deadline } from '../deadline.ts'
import { ProxyError } from '../errors.ts'
import { PortTakenError } from '../listen.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import { chooseListeners } from './balance.ts'
import { ListenPlaces } from './listen-places.ts'
import type { ListenFailure, WorkerLink } from './worker-link.ts'
import type { WorkerPoolOptions } from './worker-pool-options.ts'

/**
 * Longest time until every worker accepts clients: longer than one worker and its replacement may
 * take to start.
 */
const LISTEN_MS = 90_000

export interface PoolListenersOptions extends WorkerPoolOptions {
  /** The workers that run; the pool adds and removes them. */
  readonly links: readonly WorkerLink[]
}

/** A call of `listen` that waits for the workers. */
interface PendingListen {
  readonly succeed: () => void
  readonly fail: (error: ProxyError) => void
}

/** Which workers accept clients, and at which connectors. It keeps their numbers of clients even. */
export class PoolListeners {
  readonly #options: PoolListenersOptions
  readonly #connectors: Connector[] = []
  readonly #places: ListenPlaces
  #pending: PendingListen | undefined
  #isStopped = false

  constructor(options: PoolListenersOptions) {
    this.#options = options
    this.#places = new ListenPlaces({
      ...options,
      listenAt: async (connector) => await this.#listenAt(connector),
    })
  }

  async listen(connector: Connector): Promise<number> {
    return await this.#places.listen(connector)
  }

  replaceCertificates(certificates: readonly (TlsServer | undefined)[]): void {
    for (const [index, tls] of certificates.entries()) {
      const connector = this.#connectors[index]
      if (connector !== undefined && tls !== undefined) {
        this.#connectors[index] = { ...connector, tls }
      }
    }
  }

  /** A worker has completed a command to listen. */
  publish(): void {
    this.#places.publish()
  }

  /** No worker begins to accept from now on. */
  stop(): void {
    this.#isStopped = true
  }

  close(): void {
    this.#places.close()
  }

  /** Settles once every worker accepts clients. Throws `cannot-listen`. */
  async acceptEverywhere(): Promise<void> {
    const tooLate = `not every worker accepts clients after ${LISTEN_MS} ms: see the log`
    const deadline = new Deadline(LISTEN_MS, this.#options.nowMs, () => {
      this.#pending?.fail(new ProxyError('cannot-listen', tooLate))
    })
    try {
      await new Promise<void>((succeed, fail) => {
        this.#pending = { succeed, fail }
        this.balance()
      })
    } finally {
      deadline.clear()
      this.#pending = undefined
    }
  }

  /** Chooses who accepts, after a change of load or of workers. */
  balance(): void {
    if (this.#isStopped) return
    this.forgetClosed(this.#options.links.filter(({ worker }) => !worker.connected))
    const able = this.#options.links.filter(({ hasCaughtUp }) => hasCaughtUp)
    // Clients may connect before the last worker listens: no worker stops accepting until all have
    // been seen to accept.
    const chosen =
      this.#pending === undefined
        ? chooseListeners(able.map(({ load }) => load))
        : able.map(() => true)
    const accepting = able.filter((_link, index) => chosen[index])
    for (const link of accepting) link.listen(this.#connectors)
    // Not before another worker accepts: when the last listener closes, the kernel resets the
    // connections in its queue.
    if (accepting.some((link) => link.acceptsAt(this.#connectors.length))) {
      for (const link of able) if (!accepting.includes(link)) link.listen([])
    }
    const ready = this.#options.links.filter((link) => link.acceptsAt(this.#connectors.length))
    if (ready.length >= this.#options.processes) this.#pending?.succeed()
  }

  /** When the last listener has ended, the system has closed the sockets that this process was given. */
  forgetClosed(gone: readonly WorkerLink[]): void {
    const present = this.#options.links.filter(({ worker }) => worker.connected)
    if (!gone.some(isListening) || present.some(isListening)) return
    for (const [index, connector] of this.#connectors.entries()) {
      this.#connectors[index] = { ...connector, fd: undefined }
    }
  }

  /** Ends the worker, or the wait of `listen`. */
  afterFailure(worker: ChildProcess, { reason, isPortTaken }: ListenFailure): void {
    if (this.#pending === undefined) {
      this.#options.logger.error({ pid: worker.pid, reason }, 'a worker cannot accept clients')
      worker.kill('SIGKILL')
    } else if (isPortTaken) {
      this.#pending.fail(new PortTakenError(reason))
    } else {
      this.#pending.fail(new ProxyError('cannot-listen', reason))
    }
  }

  /** Settles once every worker accepts clients at this connector and the earlier ones. */
  async #listenAt(connector: Connector): Promise<void> {
    this.#connectors.push(connector)
    try {
      await this.acceptEverywhere()
    } catch (error) {
      this.#connectors.pop()
      // Failures of the other workers are no longer awaited.
      for (const link of this.#options.links) link.listen([])
      throw error
    }
    this.balance()
  }
}

function isListening({ load }: WorkerLink): boolean {
  return load.isListening
}
