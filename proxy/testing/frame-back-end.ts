import { createServer as createTcpServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

import { listenOn } from '../listen.ts'
import { eventually } from './deadline.ts'
import { frame } from './h2-frames.ts'

export interface FrameBackEnd extends AsyncDisposable {
  readonly uri: string
  /** Number of requests: a connection has one. */
  readonly requests: number
  readonly requested: (count: number) => Promise<void>
  /** Writes to every open connection. */
  readonly write: (...frames: readonly Buffer[]) => void
  readonly drop: () => void
}

/**
 * A back end that sends given frames, also those that `node:http2` would not send. `hello` follows a
 * connection, `answer` follows a request.
 */
export async function startFrameBackEnd(
  answer: readonly Buffer[],
  { tls, hello = [frame('settings', Buffer.alloc(0), 0, 0)] }: FrameBackEndOptions = {},
): Promise<FrameBackEnd> {
  const sockets = new Set<Socket>()
  let requests = 0
  const accept = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    for (const bytes of hello) socket.write(bytes)
    // The preface, the settings and the request come together.
    socket.once('data', () => {
      requests += 1
      for (const bytes of answer) socket.write(bytes)
    })
  }
  const server = tls === undefined ? createTcpServer(accept) : createTlsServer(tls, accept)
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  return {
    uri: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/sse`,
    get requests() {
      return requests
    },
    requested: async (count) => {
      await eventually(`the back end has ${count} requests`, () => requests >= count)
    },
    write: (...frames) => {
      for (const socket of sockets) for (const bytes of frames) socket.write(bytes)
    },
    drop: () => {
      for (const socket of sockets) socket.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

interface FrameBackEndOptions {
  readonly tls?: TlsOptions
  readonly hello?: readonly Buffer[]
}
