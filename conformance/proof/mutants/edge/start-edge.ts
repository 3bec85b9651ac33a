import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

import { loopbackCertificate } from '../../../drivers/certificate.ts'
import type { RunningTarget } from '../../../runner/target.ts'
import type { Edge, EdgeFaults, TlsFaults } from './edge-faults.ts'
import { H2Front } from './h2-front.ts'
import { openLink } from './link.ts'

/** `https`: HTTP/1.1 over TLS. `http`: HTTP/1.1, and HTTP/2 with prior knowledge. */
export type EdgeScheme = 'http' | 'https'

const FLUSH_MS = 200
const PREFACE = 'PRI * HTTP/2.0\r\n'

/**
 * A front before a reference proxy, as nginx is one before an application: it ends TLS, translates
 * HTTP/2, and forwards HTTP/1 byte by byte.
 */
export async function startEdge(
  behind: RunningTarget,
  scheme: EdgeScheme,
  faults: EdgeFaults,
  port: number,
): Promise<RunningTarget> {
  const h2 = new H2Front(behind.frontUrl, faults.h2 ?? {})
  const sockets = new Set<Socket>()
  const edge: Edge = {
    crash: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    freeze: (ms) => {
      for (const socket of sockets) socket.cork()
      setTimeout(() => {
        for (const socket of sockets) socket.uncork()
      }, ms).unref()
    },
  }
  const { link = {}, tls = {} } = faults
  const serveHttp1 = (client: Socket, head: Buffer): void =>
    openLink({ client, head, behindUrl: behind.frontUrl, edge, faults: link, tls })
  const endTls =
    scheme === 'https' ? tlsEnd(tlsOptions(tls.options), tls, edge, serveHttp1) : undefined
  let clients = 0
  const server = createServer({ noDelay: true, allowHalfOpen: scheme === 'http' }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    clients += 1
    if (link.client?.(clients, edge) === 'ignore') return
    if (endTls === undefined) return servePlain(socket, h2, serveHttp1)
    void endTls(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP listener')
  return {
    ...behind,
    frontUrl: `${scheme}://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      // The streams behind end first, so that clients see the end that the proxy gives them.
      await behind.close()
      h2.close()
      for (const socket of sockets) socket.destroySoon()
      // A client that does not read the rest is disconnected.
      const deadline = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, FLUSH_MS)
      await closed
      clearTimeout(deadline)
    },
  }
}

function tlsOptions(given: TlsOptions = {}): TlsOptions {
  const { key, cert } = loopbackCertificate()
  return { key, cert, ...given }
}

/** Returns what ends the TLS of a connection. */
function tlsEnd(
  options: TlsOptions,
  { client, errorEndsAll = false }: TlsFaults,
  edge: Edge,
  serveHttp1: (client: Socket, head: Buffer) => void,
): (raw: Socket) => Promise<void> {
  // It never listens. Connections are handed to it, so that it reports the errors of each.
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {
      if (errorEndsAll) edge.crash()
    })
    serveHttp1(socket, Buffer.alloc(0))
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return async (raw) => {
    if ((await client?.(raw)) !== 'ignore' && !raw.destroyed) server.emit('connection', raw)
  }
}

/** [http/2 §3.3] A client that knows that HTTP/2 is spoken begins with its preface. */
function servePlain(
  socket: Socket,
  h2: H2Front,
  serveHttp1: (client: Socket, head: Buffer) => void,
): void {
  let head = Buffer.alloc(0)
  const look = (bytes: Buffer): void => {
    head = Buffer.concat([head, bytes])
    const text = head.toString('latin1', 0, PREFACE.length)
    const mayBePreface = PREFACE.startsWith(text)
    if (mayBePreface && text.length < PREFACE.length) return
    socket.off('data', look)
    if (!mayBePreface) return serveHttp1(socket, head)
    socket.pause()
    socket.unshift(head)
    h2.take(socket)
  }
  socket.on('data', look)
}
