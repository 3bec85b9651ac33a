import { connect, createServer, type Socket } from 'node:net'

/** A TCP relay in front of a server, whose connections a test can cut. */
export interface CuttableRelay extends AsyncDisposable {
  readonly url: string
  /** Resets every open connection on both sides. */
  cut(): void
}

export async function startCuttableRelay(frontUrl: string): Promise<CuttableRelay> {
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(frontUrl)
  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    // The test cut the connection itself.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer((client) => {
    const upstream = track(connect({ host: hostname, port: Number(port) }))
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
    cut,
    [Symbol.asyncDispose]: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
