import { connect, type Socket } from 'node:net'
import { SocketReader } from '../http/socket-reader.ts'

/** A connection to the back end. */
export interface PooledConnection {
  readonly socket: Socket
  readonly reader: SocketReader
  /** True when it has carried an exchange before. */
  used: boolean
}

/** A pool, with the faults that it has. Left out: correct behaviour. */
export interface PoolFaults {
  /** True: keeps a connection although bytes follow its response. */
  readonly keepsSurplus?: boolean | undefined
  /** True: keeps a connection although its response was not read to the end. */
  readonly keepsUnfinished?: boolean | undefined
  /** True: sends a request on a connection whose response has not ended. */
  readonly sharesBusy?: boolean | undefined
  /** True: does not notice that the back end has ended an idle connection. */
  readonly usesEnded?: boolean | undefined
  /** True: keeps a connection although the back end ends it after its response. */
  readonly ignoresClose?: boolean | undefined
  /** True: does not send a request again when a kept connection has just ended. */
  readonly neverRetries?: boolean | undefined
}

/** Connections to one back end. Without faults given, each exchange has its own. */
export class UpstreamPool {
  readonly #origin: URL
  readonly #faults: PoolFaults | undefined
  readonly #all = new Set<PooledConnection>()
  #idle: PooledConnection[] = []

  constructor(origin: URL, faults: PoolFaults | undefined) {
    this.#origin = origin
    this.#faults = faults
  }

  get keeps(): boolean {
    return this.#faults !== undefined
  }

  get ignoresClose(): boolean {
    return this.#faults?.ignoresClose === true
  }

  get retries(): boolean {
    return this.keeps && this.#faults?.neverRetries !== true
  }

  /** A kept connection, or a new one. */
  take(): PooledConnection {
    const busy = this.#faults?.sharesBusy === true ? [...this.#all] : []
    for (const upstream of [...this.#idle.splice(0, 1), ...busy]) {
      if (this.#isUsable(upstream)) return upstream
      this.drop(upstream)
    }
    return this.open()
  }

  open(): PooledConnection {
    const socket = connect({
      host: this.#origin.hostname,
      port: Number(this.#origin.port || 80),
      noDelay: true,
      allowHalfOpen: this.#faults?.usesEnded === true,
    })
    const upstream = { socket, reader: new SocketReader(socket), used: false }
    this.#all.add(upstream)
    socket.on('timeout', () => socket.destroy())
    socket.on('close', () => this.#all.delete(upstream))
    return upstream
  }

  /**
   * Call after an exchange. `whole`: its response was read to the end, and the connection may stay
   * open.
   */
  give(upstream: PooledConnection, whole: boolean): void {
    const keeps = whole || this.#faults?.keepsUnfinished === true
    if (!this.keeps || !keeps || upstream.socket.destroyed) return this.drop(upstream)
    upstream.used = true
    this.#idle.push(upstream)
  }

  drop(upstream: PooledConnection): void {
    upstream.socket.destroy()
  }

  close(): void {
    for (const upstream of this.#all) this.drop(upstream)
  }

  #isUsable({ socket, reader }: PooledConnection): boolean {
    if (this.#faults?.usesEnded === true) return true
    if (socket.destroyed || reader.ended) return false
    return reader.heldBytes === 0 || this.#faults?.keepsSurplus === true
  }
}
