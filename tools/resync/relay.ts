import { once } from 'node:events'
import { Agent, createServer, request, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The way from a proxy to a store, which a test can close, and which counts what is asked. */
export interface Relay extends AsyncDisposable {
  readonly url: string
  /** Paths of the requests for pages, in order, with their queries. */
  readonly asked: readonly string[]
  /** Those of them that the store has answered, in the order of the answers. */
  readonly answered: readonly string[]
  /** Streams that have begun so far. */
  readonly streams: number
  /** The store is at this address from now on. */
  leadTo(storeUrl: string): void
  /** Closes every connection, and each new one at once, until `open`. */
  cut(): void
  open(): void
  /** From now on the bytes of the streams that are open are dropped, while pages are answered. */
  muteStreams(): void
}

/** Starts a relay that is open, and leads to no store yet. */
export async function startRelay(): Promise<Relay> {
  const asked: string[] = []
  const answered: string[] = []
  const sockets = new Set<Socket>()
  const openStreams = new Set<ServerResponse>()
  const muted = new WeakSet<ServerResponse>()
  // No connection is used twice: a store that has just stopped answers no request.
  const agent = new Agent({ keepAlive: false })
  let store = new URL('http://127.0.0.1:9/')
  let isOpen = true
  let streams = 0

  const server = createServer((from, to) => {
    const { method, url: path = '', headers } = from
    const isStream = path.endsWith('/sse')
    if (!isStream) asked.push(path)
    const { hostname, port } = store
    const behind = request({ hostname, port, path, method, headers, agent }, (response) => {
      to.writeHead(response.statusCode ?? 502, response.headers)
      to.flushHeaders()
      if (!isStream) {
        response.on('end', () => answered.push(path))
        response.pipe(to)
        return
      }
      streams += 1
      openStreams.add(to)
      response.on('data', (bytes: Buffer) => {
        if (!muted.has(to)) to.write(bytes)
      })
      response.on('end', () => to.end())
      response.on('error', () => to.destroy())
    })
    behind.on('error', () => to.destroy())
    to.on('close', () => {
      openStreams.delete(to)
      behind.destroy()
    })
    from.pipe(behind)
  })
  server.on('connection', (socket: Socket) => {
    if (!isOpen) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    asked,
    answered,
    get streams() {
      return streams
    },
    leadTo: (storeUrl) => {
      store = new URL(storeUrl)
    },
    cut: () => {
      isOpen = false
      for (const socket of sockets) socket.destroy()
    },
    open: () => {
      isOpen = true
    },
    muteStreams: () => {
      for (const stream of openStreams) muted.add(stream)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
