import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'

import { listenOn } from '../listen.ts'
import { eventually } from './deadline.ts'

export interface H2BackEnd extends AsyncDisposable {
  readonly uri: string
  readonly port: number
  /** Request heads, with the protocol in `:protocol`. */
  readonly requests: readonly IncomingHttpHeaders[]
  /** Number of connections that were opened, and of those that are open. */
  readonly connections: { readonly all: number; readonly open: number }
  /** Number of PING frames that were received. */
  readonly pings: number
  readonly requested: (count: number) => Promise<void>
  /** Writes to every open stream. */
  readonly send: (bytes: string | Buffer) => void
  /** Ends every open stream. */
  readonly end: () => void
}

export interface H2BackEndOptions {
  /** Uses TLS with these options. */
  readonly tls?: TlsOptions
  /** Whether it speaks HTTP/1.1, too; only with TLS. */
  readonly allowHTTP1?: boolean
  /** Called for each connection. */
  readonly onConnection?: (socket: Socket) => void
  /** Answers a request, by its number from 1; an event stream by default. */
  readonly answer?: (stream: ServerHttp2Stream, number: number, head: IncomingHttpHeaders) => void
}

const STREAM = { ':status': 200, 'content-type': 'text/event-stream' }

/** A back end that speaks HTTP/2 by `node:http2`. */
export async function startH2BackEnd(options: H2BackEndOptions = {}): Promise<H2BackEnd> {
  const { tls, allowHTTP1 = false, onConnection, answer } = options
  const requests: IncomingHttpHeaders[] = []
  const streams = new Set<{ write: (bytes: string | Buffer) => unknown; end: () => unknown }>()
  const sockets = new Set<Socket>()
  let all = 0
  let pings = 0
  const server = tls === undefined ? createServer() : createSecureServer({ ...tls, allowHTTP1 })
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    all += 1
    sockets.add(socket)
    onConnection?.(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  server.on('session', (session) => {
    session.on('error', () => undefined)
    session.on('ping', () => (pings += 1))
  })
  server.on('stream', (stream, head) => {
    requests.push({ ...Object.fromEntries(Object.entries(head)), ':protocol': 'h2' })
    stream.on('error', () => undefined)
    if (answer === undefined) stream.respond(STREAM)
    else answer(stream, requests.length, head)
    streams.add(stream)
    stream.on('close', () => streams.delete(stream))
  })
  server.on('request', (request, response) => {
    if (request.httpVersionMajor === 2) return
    requests.push({ ...request.headers, ':protocol': 'http/1.1' })
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    // With the first bytes, Node sends the head, too.
    response.write(':\n')
    streams.add(response)
  })
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  return {
    uri: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/sse`,
    port,
    requests,
    get connections() {
      return { all, open: sockets.size }
    },
    get pings() {
      return pings
    },
    requested: async (count) => {
      await eventually(`the back end has ${count} requests`, () => requests.length >= count)
    },
    send: (bytes) => {
      for (const stream of streams) stream.write(bytes)
    },
    end: () => {
      for (const stream of streams) stream.end()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
