import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

import { listenOn } from '../listen.ts'
import { eventually } from './deadline.ts'

export interface ScriptedBackEnd extends AsyncDisposable {
  readonly uri: string
  readonly port: number
  /** Received request heads. */
  readonly requests: readonly string[]
  /** Number of open connections. */
  readonly open: number
  /** Highest number of simultaneous connections. */
  readonly mostOpen: number
  /** Waits for this many requests. */
  readonly requested: (count: number) => Promise<void>
  /** Writes to every open connection. */
  readonly send: (bytes: string | Buffer) => void
  /** Writes to every open connection that has been answered. */
  readonly stream: (bytes: string | Buffer) => void
  /** Closes every open connection: in good order with `end`, abruptly with `reset`. */
  readonly drop: (how: 'end' | 'reset') => void
}

export interface ScriptedBackEndOptions {
  readonly port?: number
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string
  /** Uses TLS with these options: at least a key and a certificate. */
  readonly tls?: TlsOptions
  /** Called for each connection; a `TLSSocket` with `tls`. */
  readonly onConnection?: (socket: Socket) => void
  /** Answers each request, by its number from 1; an event stream by default. */
  readonly answer?: (request: string, number: number) => string | Buffer
}

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n'

/**
 * A back end that sends given bytes over raw sockets, also malformed ones that `node:http` would
 * not send.
 */
export async function startBackEnd(options: ScriptedBackEndOptions = {}): Promise<ScriptedBackEnd> {
  const sockets = new Set<Socket>()
  const answered = new WeakSet<Socket>()
  const requests: string[] = []
  let mostOpen = 0
  const { host = '127.0.0.1', tls } = options
  const accept = (socket: Socket): void => {
    sockets.add(socket)
    options.onConnection?.(socket)
    mostOpen = Math.max(mostOpen, sockets.size)
    let head = ''
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      requests.push(head)
      socket.write(options.answer?.(head, requests.length) ?? STREAM_HEAD)
      answered.add(socket)
      head = ''
    })
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const server =
    tls === undefined
      ? createServer({ noDelay: true }, accept)
      : createTlsServer({ noDelay: true, ...tls }, accept)
  const port = await listenOn(server, { host, port: options.port ?? 0 })
  return {
    uri: `${tls === undefined ? 'http' : 'https'}://${host}:${port}/sse`,
    port,
    requests,
    get open() {
      return sockets.size
    },
    get mostOpen() {
      return mostOpen
    },
    requested: async (count) => {
      await eventually(`the back end has ${count} requests`, () => requests.length >= count)
    },
    send: (bytes) => {
      for (const socket of sockets) socket.write(bytes)
    },
    stream: (bytes) => {
      for (const socket of sockets) if (answered.has(socket)) socket.write(bytes)
    },
    drop: (how) => {
      for (const socket of sockets) {
        if (how === 'end') socket.end()
        else socket.resetAndDestroy()
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
