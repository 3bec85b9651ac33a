import { createServer, type Server } from 'node:net'

import { ProxyError } from './errors.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  readonly backlog?: number | undefined
}

/** Another program listens on the port. */
export class PortTakenError extends ProxyError {
  constructor(message: string, options?: ErrorOptions) {
    super('cannot-listen', message, options)
  }
}

/**
 * Starts to listen. Returns the port. Throws `cannot-listen` with what to change, `PortTakenError`
 * if the port is in use.
 */
export async function listenOn(server: Server, options: ListenOptions): Promise<number> {
  const { host, port } = options
  return await new Promise((resolve, reject) => {
    // The listener stays: a connection that cannot be accepted later (EMFILE) must not end the
    // process.
    server.on('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ''] ?? error.message
      const message = `cannot listen on ${host}:${port}: ${reason}`
      const cause = { cause: error }
      if (error.code === 'EADDRINUSE') reject(new PortTakenError(message, cause))
      else reject(new ProxyError('cannot-listen', message, cause))
    })
    server.listen({ host, port, backlog: options.backlog }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
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
}
