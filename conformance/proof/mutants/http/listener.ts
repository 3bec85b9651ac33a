import { createServer, type Server, type Socket } from 'node:net'

const FLUSH_MS = 200
/** The default of `node:net`. */
const QUEUE = 511

export interface Listener {
  readonly url: string
  /** The open connections. */
  readonly clients: ReadonlySet<Socket>
  /**
   * Stops accepting, flushes pending writes, and closes every connection. `beforeFlush` runs when
   * no more connections are accepted.
   */
  close(beforeFlush?: () => Promise<void>): Promise<void>
}

/**
 * Listens on the loopback address; port 0 selects a free one. Rejects when the port is taken.
 * `allowHalfOpen` as in `node:net`, false by default. `queue` as in `listenOnLoopback`.
 */
export async function listen(
  port: number,
  onClient: (client: Socket) => void,
  {
    allowHalfOpen = false,
    queue = QUEUE,
  }: { allowHalfOpen?: boolean; queue?: number | undefined } = {},
): Promise<Listener> {
  const clients = new Set<Socket>()
  const server = createServer({ noDelay: true, allowHalfOpen }, (client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    // A lost connection also emits "close", which the code that serves the client handles.
    client.on('error', () => {})
    onClient(client)
  })
  return {
    url: await listenOnLoopback(server, port, queue),
    clients,
    close: async (beforeFlush) => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      await beforeFlush?.()
      for (const client of clients) client.destroySoon()
      // A client that does not read the rest is disconnected.
      const deadline = setTimeout(() => {
        for (const client of clients) client.destroy()
      }, FLUSH_MS)
      await closed
      clearTimeout(deadline)
    },
  }
}

/**
 * Returns the URL of the server. Rejects when the port is taken. `queue`: connections that the
 * kernel holds until they are accepted.
 */
export async function listenOnLoopback(
  server: Server,
  port: number,
  queue = QUEUE,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', backlog: queue }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP listener')
  return `http://127.0.0.1:${address.port}`
}
