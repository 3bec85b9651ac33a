import { createServer, type ListenOptions as NodeListenOptions, type Server } from 'node:net'

import { ProxyError } from './errors.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** A socket that this process was started with, and that listens at this port. */
  readonly fd?: number | undefined
  readonly backlog?: number | undefined
}

/** Another program listens on the port. */
export class PortTakenError extends ProxyError {
  constructor(message: string, options?: ErrorOptions) {
    super('cannot-listen', message, options)
  }
}

/**
 * Starts to listen, at the given socket if there is one. Returns the port. Throws `cannot-listen`
 * with what to change, `PortTakenError` if the port is in use.
 */
export async function listenOn(server: Server, options: ListenOptions): Promise<number> {
  const { host, port, fd, backlog } = options
  const place = fd === undefined ? { host, port } : { fd }
  await bind(server, `${host}:${port}`, { ...place, backlog })
  const address = server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : undefined
  if (fd === undefined || boundPort === port) return boundPort ?? port
  server.close()
  throw new ProxyError('cannot-listen', wrongSocket(options, boundPort))
}

/** Starts to listen. `name` = the place in messages. Throws as `listenOn`. */
export async function bind(server: Server, name: string, place: NodeListenOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // The listener stays: a connection that cannot be accepted later (EMFILE) must not end the
    // process.
    server.on('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ''] ?? error.message
      const message = `cannot listen on ${name}: ${reason}`
      const cause = { cause: error }
      if (error.code === 'EADDRINUSE') reject(new PortTakenError(message, cause))
      else reject(new ProxyError('cannot-listen', message, cause))
    })
    server.listen(place, resolve)
  })
}

function wrongSocket({ host, port, fd }: ListenOptions, boundPort: number | undefined): string {
  const got = boundPort === undefined ? 'one without a port' : `one for port ${boundPort}`
  return `cannot listen on ${host}:${port}: expected a socket for this port as descriptor ${fd}, got ${got}; ListenStream and the connectors need the same ports in the same order`
}

/**
 * A port that is free at the moment; another program may take it at any time. Throws
 * `cannot-listen`.
 */
export async function findFreePort(host: string): Promise<number> {
  const server = createServer()
  const port = await listenOn(server, { host, port: 0 })
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'the port is in use; stop what uses it, or choose another with --port or --admin-port',
  EACCES: 'this user may not use the port; ports below 1024 need privileges',
  EADDRNOTAVAIL: 'this host has no such address; check bindHost',
  ENOTFOUND: 'the host name is unknown; check bindHost',
  EBADF: 'LISTEN_FDS counts a socket that the process was not started with',
  EINVAL: 'a descriptor that LISTEN_FDS counts is no socket that listens',
}
