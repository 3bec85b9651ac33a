import type { Socket } from 'node:net'
import { createServer, type Server, TLSSocket } from 'node:tls'

import type { TlsServer } from '../tls/tls-server.ts'
import { awaitClientHello } from './client-hello.ts'
import { connectionName } from './connection-name.ts'

/** Why a TLS handshake failed. */
export type HandshakeTrouble = 'timeout' | 'closed' | 'certificate' | 'protocol'

export interface TlsAcceptorOptions {
  readonly tls: TlsServer
  /** Protocols above TLS, best first [RFC 7301]. */
  readonly protocols: readonly string[]
  /** Time limit for the first bytes of a handshake, and for a pause in it. */
  readonly handshakeMs: number
  /** Runs work whose exception costs this connection only. */
  readonly guarded: (socket: Socket, work: () => void) => void
  /** A handshake failed. Its connection is closed. `detail` = the reason as OpenSSL gives it. */
  readonly onTrouble: (trouble: HandshakeTrouble, address: string, detail: string) => void
}

type OnSecure = (socket: TLSSocket) => void

interface Handshake {
  readonly socket: Socket
  readonly onSecure: OnSecure
  readonly onClose: () => void
}

/** As Node says it. */
const DETAILS = {
  timeout: 'TLS handshake timeout',
  closed: 'Client network socket disconnected before secure TLS connection was established',
}

/** Performs the handshakes of TLS on connections that the caller has accepted. */
export class TlsAcceptor {
  readonly #options: TlsAcceptorOptions
  readonly #server: Server
  /** By `connectionName`. */
  readonly #handshakes = new Map<string, Handshake>()

  constructor(options: TlsAcceptorOptions) {
    this.#options = options
    const { tls, protocols, handshakeMs } = options
    this.#server = createServer({
      ...contextOf(tls),
      ALPNProtocols: [...protocols],
      handshakeTimeout: handshakeMs,
      requestCert: tls.clientAuth !== 'none',
      // [tls §4.4.2.4] Without a certificate that it needs a client gets an alert.
      rejectUnauthorized: tls.clientAuth === 'need',
    })
    this.#server.on('secureConnection', (socket) => this.#finish(socket))
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      this.#handshakes.delete(connectionName(socket))
      options.onTrouble(troubleOf(error, socket), socket.remoteAddress ?? '', error.message)
      socket.destroy()
    })
  }

  /** Performs the handshake. `onSecure` is not called when it fails. */
  take(socket: Socket, onSecure: OnSecure): void {
    const name = connectionName(socket)
    const onClose = (): void => {
      if (this.#handshakes.get(name)?.socket === socket) this.#handshakes.delete(name)
    }
    this.#handshakes.set(name, { socket, onSecure, onClose })
    socket.on('close', onClose)
    const { handshakeMs: withinMs, guarded, onTrouble } = this.#options
    const address = socket.remoteAddress ?? ''
    awaitClientHello(socket, {
      withinMs,
      guarded,
      onBytes: () => void this.#server.emit('connection', socket),
      onNone: (why) => {
        onTrouble(why, address, DETAILS[why])
        socket.destroy()
      },
    })
  }

  /** New connections get this certificate; open ones keep theirs. */
  replace(tls: TlsServer): void {
    this.#server.setSecureContext(contextOf(tls))
  }

  /** Closes the connections that are not secure yet. */
  close(): void {
    for (const { socket } of this.#handshakes.values()) socket.destroy()
  }

  #finish(socket: TLSSocket): void {
    const name = connectionName(socket)
    const handshake = this.#handshakes.get(name)
    this.#handshakes.delete(name)
    if (handshake === undefined) {
      socket.destroy()
      return
    }
    const { socket: raw, onSecure, onClose } = handshake
    // Each listener that is left costs memory as long as the client stays.
    raw.off('close', onClose)
    const isWrong = !socket.authorized && socket.getPeerX509Certificate() !== undefined
    if (this.#options.tls.clientAuth !== 'none' && isWrong) {
      const reason = String(socket.authorizationError)
      this.#options.onTrouble('certificate', socket.remoteAddress ?? '', reason)
      socket.destroy()
      return
    }
    // Node throws when a TLS socket is to reset its connection.
    socket.resetAndDestroy = () => {
      raw.resetAndDestroy()
      return socket
    }
    onSecure(socket)
  }
}

/** [RFC 7301] Whether the handshake has chosen HTTP/2. */
export function isH2(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.alpnProtocol === 'h2'
}

/** The options of a server with TLS. A worker gets the bytes of a key store as a plain array. */
export function contextOf({ context: { pfx, ...context } }: TlsServer) {
  return { ...context, ...(pfx === undefined ? {} : { pfx: Buffer.from(pfx) }) }
}

function troubleOf(error: NodeJS.ErrnoException, socket: TLSSocket): HandshakeTrouble {
  const { code = '' } = error
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'timeout'
  if (code.includes('CERT') || Boolean(socket.authorizationError)) return 'certificate'
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'closed' : 'protocol'
}
