import { connect, createServer, type Socket } from 'node:net'

const HEARTBEAT = ':\n'

/** A TCP relay in front of a server. A test can reset its connections. */
export interface CuttableRelay extends AsyncDisposable {
  readonly url: string
  /** Connections that clients have made so far. */
  readonly connections: number
  /** Comments without text that the server has sent so far. */
  readonly heartbeats: number
  /** Resets every open connection on both sides. */
  cut(): void
}

export async function startCuttableRelay(frontUrl: string): Promise<CuttableRelay> {
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(frontUrl)
  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    // The test reset the connection itself.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  let connections = 0
  let heartbeats = 0
  const server = createServer((client) => {
    connections += 1
    const upstream = track(connect({ host: hostname, port: Number(port) }))
    upstream.on('data', (bytes) => {
      heartbeats += bytes.toString('latin1').split(HEARTBEAT).length - 1
    })
    track(client).pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get connections() {
      return connections
    },
    get heartbeats() {
      return heartbeats
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
