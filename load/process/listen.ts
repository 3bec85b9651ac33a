import { once } from 'node:events'
import { Server as HttpServer } from 'node:http'
import type { Server } from 'node:net'

export interface ListenOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default 0: any free port. */
  readonly port?: number | undefined
  /** Connections that wait to be accepted. Default: that of Node. */
  readonly backlog?: number | undefined
}

/** A server of this process. Disposal closes it, and the connections of an HTTP server. */
export interface Listening extends AsyncDisposable {
  /** Without a final slash. */
  readonly url: string
}

/** Resolves when the server accepts connections. Rejects when it cannot listen. */
export async function listen(server: Server, options: ListenOptions = {}): Promise<Listening> {
  const { host = '127.0.0.1', port = 0, backlog } = options
  await once(server.listen({ host, port, backlog }), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  return {
    url: `http://${host}:${address.port}`,
    async [Symbol.asyncDispose]() {
      if (server instanceof HttpServer) server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
