import type { Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls'

import { loopbackCertificate } from '../../../drivers/certificate.ts'
import type { RunningTarget } from '../../../runner/target.ts'
import { listen } from '../http/listener.ts'
import type { Edge, EdgeFaults, TlsFaults } from './edge-faults.ts'
import { H2Front } from './h2-front.ts'
import { openLink } from './link.ts'

/** Both speak HTTP/1.1 and HTTP/2, `https` by ALPN over TLS, `http` with prior knowledge. */
export type EdgeScheme = 'http' | 'https'

const PREFACE = 'PRI * HTTP/2.0\r\n'

/**
 * A front before a reference proxy, as nginx is one before an application: it terminates TLS,
 * translates HTTP/2, and forwards HTTP/1 byte by byte.
 */
export async function startEdge(
  behind: RunningTarget,
  scheme: EdgeScheme,
  faults: EdgeFaults,
  port: number,
): Promise<RunningTarget> {
  const h2 = new H2Front(behind.frontUrl, faults.h2 ?? {})
  const edge: Edge = {
    crash: () => {
      for (const socket of listener.clients) socket.resetAndDestroy()
    },
    freeze: (ms) => {
      for (const socket of listener.clients) socket.cork()
      setTimeout(() => {
        for (const socket of listener.clients) socket.uncork()
      }, ms).unref()
    },
  }
  const { link = {}, tls = {} } = faults
  const serveHttp1 = (client: Socket, head: Buffer): void =>
    openLink({ client, head, behindUrl: behind.frontUrl, edge, faults: link, tls })
  const terminateTls =
    scheme === 'https'
      ? tlsTermination(tlsOptions(tls.options), tls, edge, (client) => {
          if (client.alpnProtocol === 'h2') h2.take(client)
          else serveHttp1(client, Buffer.alloc(0))
        })
      : undefined
  let clients = 0
  const listener = await listen(
    port,
    (socket) => {
      clients += 1
      if (link.client?.(clients, edge) === 'ignore') return
      if (terminateTls === undefined) return servePlain(socket, h2, serveHttp1)
      void terminateTls(socket)
    },
    { allowHalfOpen: scheme === 'http' },
  )
  return {
    ...behind,
    frontUrl: listener.url.replace('http:', `${scheme}:`),
    // The streams behind end before the connections, so that clients see the end that the proxy
    // gives them.
    close: () =>
      listener.close(async () => {
        await behind.close()
        h2.close()
      }),
  }
}

function tlsOptions(given: TlsOptions = {}): TlsOptions {
  const { key, cert } = loopbackCertificate()
  return { key, cert, ALPNProtocols: ['h2', 'http/1.1'], ...given }
}

/** Returns what terminates the TLS of a connection. */
function tlsTermination(
  options: TlsOptions,
  { client, errorEndsAll = false }: TlsFaults,
  edge: Edge,
  serve: (client: TLSSocket) => void,
): (raw: Socket) => Promise<void> {
  // It never listens. Connections are handed to it, so that it reports the errors of each.
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {
      if (errorEndsAll) edge.crash()
    })
    serve(socket)
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
