import { connect, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'

import type { Trust } from '../runner/target.ts'

export interface ConnectionSettings {
  readonly trust?: Trust | undefined
  /** Protocols to offer by ALPN, the preferred one first. Default: HTTP/1.1. */
  readonly protocols?: readonly string[] | undefined
  /** Further settings of the handshake. */
  readonly tls?: ConnectionOptions | undefined
  /** Puts something between TLS and TCP, such as an observer of records. */
  readonly through?: ((tcp: Socket) => Duplex) | undefined
  /** Called with the socket, for what only TLS knows. */
  readonly opened?: ((socket: TLSSocket) => void) | undefined
}

/** A connection to a front: plain, or with TLS when the URL is `https://`. */
export interface FrontConnection {
  readonly socket: Socket | TLSSocket
  readonly tcp: Socket
  /** The event that says that it can be written to. */
  readonly readyEvent: 'connect' | 'secureConnect'
}

/** Opens a connection. Errors are events of the socket. */
export function openConnection(
  frontUrl: string,
  { trust = {}, protocols = ['http/1.1'], tls, through, opened }: ConnectionSettings = {},
): FrontConnection {
  const tcp = openTcp(frontUrl)
  if (!isSecure(frontUrl)) return { socket: tcp, tcp, readyEvent: 'connect' }
  const host = trust.serverName ?? hostOf(frontUrl)
  const socket = connectTls({
    socket: through?.(tcp) ?? tcp,
    host,
    // [sni §3] An address is never sent as a server name.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(trust.ca === undefined ? {} : { ca: trust.ca }),
    rejectUnauthorized: trust.insecure !== true,
    ALPNProtocols: [...protocols],
    ...tls,
  })
  opened?.(socket)
  if (through !== undefined) tcp.on('error', (error) => socket.destroy(error))
  return { socket, tcp, readyEvent: 'secureConnect' }
}

/**
 * Ends a connection without waiting for the other side. With TLS it ends after this turn of the
 * event loop: Node 20 crashes when a TLS socket is destroyed while it reads, and what awaits an
 * event of the socket may run while it reads.
 */
export function destroyConnection({ socket, tcp }: Pick<FrontConnection, 'socket' | 'tcp'>): void {
  if (socket === tcp) tcp.destroy()
  else
    setImmediate(() => {
      socket.destroy()
      tcp.destroy()
    })
}

/** A connection without TLS, whatever the URL says. */
export function openTcp(frontUrl: string): Socket {
  const { port } = new URL(frontUrl)
  const tcp = connect({
    host: hostOf(frontUrl),
    port: Number(port || (isSecure(frontUrl) ? 443 : 80)),
  })
  tcp.setNoDelay(true)
  return tcp
}

export function isSecure(frontUrl: string): boolean {
  return frontUrl.startsWith('https:')
}

function hostOf(frontUrl: string): string {
  return new URL(frontUrl).hostname.replace(/^\[/, '').replace(/\]$/, '')
}
