import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Connector, UnixSocket } from '../config/connector.ts'
import { ProxyError } from '../errors.ts'
import { findFreePort, PortTakenError } from '../listen.ts'
import { SocketFile } from '../socket-file.ts'

export interface ListenPlacesOptions {
  /** Settles once every worker accepts clients at this connector. */
  readonly listenAt: (connector: Connector) => Promise<void>
  /** Finds a port that is free at the moment; default: `findFreePort`. */
  readonly findPort?: typeof findFreePort | undefined
  readonly guard: BoundaryGuard
  readonly logger: Logger
}

/** Ports that are tried for a connector with port 0. */
const MOST_PORT_TRIES = 10

/** The places at which all workers listen: one port or one file for all. */
export class ListenPlaces {
  readonly #options: ListenPlacesOptions
  readonly #files: SocketFile[] = []
  #publishing = Promise.resolve()

  constructor(options: ListenPlacesOptions) {
    this.#options = options
  }

  /** Settles once every worker accepts clients. Returns the port; 0 = it is a Unix socket. */
  async listen(connector: Connector): Promise<number> {
    const { port, fd, socket } = connector
    if (fd === undefined && socket !== undefined) await this.#listenAtFile(connector, socket)
    else if (fd === undefined && port === 0) return await this.#listenAtFreePort(connector)
    else await this.#options.listenAt(connector)
    return port
  }

  /** Call it when a worker has begun to listen: it may have made a socket again. */
  publish(): void {
    this.#publishing = this.#publishAfter(this.#publishing)
  }

  /** Removes the files. */
  close(): void {
    for (const file of this.#files) file.remove()
  }

  async #publishAfter(earlier: Promise<void>): Promise<void> {
    const { guard, logger } = this.#options
    await earlier
    await guard.runAsync('worker', async () => {
      try {
        // When all workers had died at once, the system had closed the sockets.
        for (const file of this.#files) if (file.isPublished) await file.publish()
      } catch (error) {
        if (!(error instanceof ProxyError)) throw error
        logger.error(error.message)
      }
    })
  }

  /** The system opens one socket for all workers, and its file belongs to this process. */
  async #listenAtFile(connector: Connector, socket: UnixSocket): Promise<void> {
    const file = await SocketFile.claim(socket)
    this.#files.push(file)
    await this.#options.listenAt({ ...connector, socket: { ...socket, openAt: file.openAt } })
    await file.publish()
  }

  /** With port 0 each worker would get another port. */
  async #listenAtFreePort(connector: Connector): Promise<number> {
    const { findPort = findFreePort, listenAt, logger } = this.#options
    for (let tries = 1; ; tries += 1) {
      const port = await findPort(connector.host)
      try {
        await listenAt({ ...connector, port })
        return port
      } catch (error) {
        if (!(error instanceof PortTakenError) || tries === MOST_PORT_TRIES) throw error
        logger.debug({ port }, 'another program has taken a free port, trying another one')
      }
    }
  }
}
