import { createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Hub } from '../fanout/hub.ts'
import { listenOn } from '../listen.ts'
import type { Connector, H2Settings } from '../config/connector.ts'
import type { LimitSettings } from '../config/settings.ts'
import type { HandshakeReport } from '../connector/handshake-report.ts'
import { isH2, TlsAcceptor } from '../connector/tls-acceptor.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import type { Admission, RefusalReason } from './admission.ts'
import { type Arrival, findPeer } from './arrival.ts'
import { clientBehind, type ForwardedField } from './forwarded.ts'
import { Refusals } from './refusals.ts'
import type { TrustedProxies } from './trusted-proxies.ts'
import type { Cors } from './cors.ts'
import { H2Front } from './h2-front.ts'
import { HttpFallback } from './http-fallback.ts'
import { RequestDeadlines } from './request-deadlines.ts'
import type { ResponseHeads } from './response-heads.ts'
import { readStreamRequest, type StreamRequest } from './stream-request.ts'

export interface FrontOptions {
  readonly hub: Hub
  readonly cors: Cors
  readonly heads: ResponseHeads
  /** Closes a connection on which no byte moves for this long; 0 = never for this reason. */
  readonly idleMs: number
  /** Connections that may wait until they are accepted; undefined = 4096. */
  readonly acceptQueue: number | undefined
  /** How long a client may take to send its request head, and how large that may be. */
  readonly headMs: number
  readonly maxHeadBytes: number
  readonly guard: BoundaryGuard
  readonly admission: Admission
  /** Peers that may name the address of a client, and the field in which they do. */
  readonly trustedProxies: TrustedProxies
  readonly forwardedField: ForwardedField
  readonly whenFull: LimitSettings['whenFull']
  /** A client was accepted or refused. */
  readonly onAccept: () => void
  readonly handshakes: HandshakeReport
  readonly nowMs: () => number
}

/**
 * A burst of reconnects must not overflow the accept queue: a dropped SYN is sent again only a
 * second later.
 */
const BACKLOG = 4096

/**
 * Small writes are sent at once. After 30 s of silence the kernel probes whether the peer is still
 * there.
 */
const ACCEPT_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
} as const
/** Connections of trusted proxies whose request has not named its client yet. */
const MOST_UNNAMED = 8192

/**
 * Accepts the connections of clients at one connector. A plain GET gets a response from bytes that all clients
 * share; every other request goes to `node:http`. So a client costs a socket and a subscriber, and
 * no HTTP parser with its request and response objects (bench: proxy).
 */
export class Front {
  readonly #options: FrontOptions
  #server: Server | undefined
  #tls: TlsAcceptor | undefined
  #h2: H2Front | undefined
  readonly #fallback: HttpFallback
  readonly #deadlines: RequestDeadlines
  /** Addresses of clients that are not those of their connections. */
  readonly #named = new WeakMap<Socket, string>()
  /** Connections of trusted proxies, and their addresses, until the request names the client. */
  readonly #unnamed = new Map<Socket, string>()
  readonly #refusals: Refusals

  constructor(options: FrontOptions) {
    this.#options = options
    this.#deadlines = new RequestDeadlines(options)
    this.#refusals = new Refusals(options)
    this.#fallback = new HttpFallback({
      ...options,
      onStream: (socket, request) => {
        this.#guarded(socket, () => this.#begin(socket, request))
      },
    })
  }

  /** Accepts clients at this connector. Returns the port. Throws `cannot-listen`. */
  async listen(connector: Connector): Promise<number> {
    const { host, port, tls, h2 } = connector
    this.#h2 ??= h2 === undefined ? undefined : this.#createH2(h2)
    this.#tls ??= tls === undefined ? undefined : this.#createAcceptor(tls)
    // A client that ends its side after the request still gets the response of `node:http`. With
    // TLS, Node would then not tell that a client left in the middle of a handshake.
    const allowHalfOpen = tls === undefined
    const server = createServer({ ...ACCEPT_OPTIONS, allowHalfOpen }, (socket) => {
      this.#guarded(socket, () => this.#accept(socket, connector))
    })
    const backlog = this.#options.acceptQueue ?? BACKLOG
    const boundPort = await listenOn(server, { host, port, backlog })
    this.#server = server
    return boundPort
  }

  /** New connections get this certificate. */
  replaceCertificate(tls: TlsServer): void {
    this.#tls?.replace(tls)
  }

  get isListening(): boolean {
    return this.#server !== undefined
  }

  /** Accepts no more clients until `listen` is called again. */
  stopAccepting(): void {
    this.#server?.close()
    this.#server = undefined
  }

  /**
   * Accepts no more clients, and closes connections without a request. The hub ends the streams.
   */
  close(): void {
    this.stopAccepting()
    this.#tls?.close()
    this.#h2?.close()
    this.#deadlines.close()
  }

  /** Settles when what is still open after the last stream is closed, within this time. */
  async end(withinMs: number): Promise<void> {
    await this.#h2?.end(withinMs)
  }

  #createH2(settings: H2Settings): H2Front {
    const onIdle = (socket: Socket, isIdle: boolean): void => {
      if (isIdle) this.#deadlines.add(socket)
      else this.#deadlines.delete(socket)
    }
    return new H2Front({ ...this.#options, onIdle }, settings)
  }

  #createAcceptor(tls: TlsServer): TlsAcceptor {
    const { handshakes, headMs } = this.#options
    return new TlsAcceptor({
      tls,
      protocols: this.#h2 === undefined ? ['http/1.1'] : ['h2', 'http/1.1'],
      handshakeMs: headMs,
      onTrouble: (trouble, address, detail) => handshakes.add(trouble, address, detail),
    })
  }

  #accept(socket: Socket, connector: Connector): void {
    const { admission, guard, trustedProxies } = this.#options
    // An error is always followed by `close`.
    socket.on('error', ignoreError)
    this.#deadlines.add(socket)
    if (connector.useProxyProtocol === true) {
      socket.on('close', () => this.#deadlines.delete(socket))
    }
    findPeer(socket, {
      connector,
      trustedProxies,
      guard,
      onPeer: (peer, mayNameClient) => {
        if (peer !== socket.remoteAddress) this.#named.set(socket, peer)
        if (mayNameClient) this.#awaitName(socket, peer)
        else this.#enter(socket, peer)
      },
      onRefused: () => {
        admission.count('proxy-protocol')
        socket.destroy()
      },
    })
  }

  /** The request of a trusted proxy names the client, which is not known before. */
  #awaitName(socket: Socket, peer: string): void {
    if (this.#unnamed.size >= MOST_UNNAMED) {
      this.#deadlines.delete(socket)
      socket.destroy()
      return
    }
    this.#unnamed.set(socket, peer)
    socket.on('close', () => {
      this.#deadlines.delete(socket)
      this.#unnamed.delete(socket)
    })
    this.#secure(socket, (secure) => this.#awaitFirst(secure, { address: peer, isAdmitted: false }))
  }

  #enter(socket: Socket, address: string): void {
    const { admission, nowMs } = this.#options
    admission.enter(address, nowMs(), (refusal) => {
      this.#guarded(socket, () => this.#admitOrRefuse(socket, address, refusal))
      this.#options.onAccept()
    })
  }

  /** The decision may have taken longer than the client had for its request. */
  #admitOrRefuse(socket: Socket, address: string, refusal: RefusalReason | undefined): void {
    if (socket.destroyed) {
      this.#deadlines.delete(socket)
      if (refusal === undefined) this.#options.admission.leave(address)
    } else if (refusal === undefined) {
      this.#admit(socket, address)
    } else {
      socket.on('close', () => this.#deadlines.delete(socket))
      this.#refusals.afterRequest(socket, (onOpen) => {
        this.#secure(socket, (secure) => (isH2(secure) ? secure.destroy() : onOpen(secure)))
      })
    }
  }

  #admit(socket: Socket, address: string): void {
    const { admission } = this.#options
    // `on` and not `once`, which costs each client a wrapper per event.
    socket.on('close', () => {
      this.#deadlines.delete(socket)
      admission.leave(address)
    })
    this.#secure(socket, (secure) => this.#awaitFirst(secure, { address, isAdmitted: true }))
  }

  /** Calls back with the socket that carries the request: this one, or TLS on it. */
  #secure(socket: Socket, onSecure: (secure: Socket) => void): void {
    if (this.#tls === undefined) {
      onSecure(socket)
      return
    }
    // The acceptor has a time limit of its own.
    this.#deadlines.delete(socket)
    this.#tls.take(socket, (secure) => {
      secure.on('error', ignoreError)
      secure.on('close', () => {
        this.#deadlines.delete(secure)
        this.#unnamed.delete(secure)
      })
      this.#deadlines.add(secure)
      const peer = this.#unnamed.get(socket)
      if (peer !== undefined) {
        this.#unnamed.delete(socket)
        this.#unnamed.set(secure, peer)
      }
      const name = this.#named.get(socket)
      if (name !== undefined) this.#named.set(secure, name)
      this.#guarded(secure, () => onSecure(secure))
    })
  }

  #awaitFirst(socket: Socket, arrival: Arrival): void {
    if (this.#h2 !== undefined && isH2(socket)) {
      this.#h2.take(socket, arrival)
      return
    }
    socket.on('end', endToo)
    const takeFirst = (bytes: Buffer): void => {
      this.#guarded(socket, () => this.#takeFirst(socket, bytes))
    }
    // With TLS the handshake has chosen.
    if (this.#h2 === undefined || this.#tls !== undefined) socket.once('data', takeFirst)
    else this.#h2.detect(socket, arrival, takeFirst)
    // It is paused after a header of the PROXY protocol.
    socket.resume()
  }

  #takeFirst(socket: Socket, bytes: Buffer): void {
    const request = this.#read(bytes)
    if (request === 'incomplete') this.#awaitRest(socket, bytes)
    else this.#take(socket, bytes, request)
  }

  /**
   * Waits for the rest of a head that arrived in two pieces. A head in more pieces goes to
   * `node:http`, which keeps its place in it: to read it again with every piece takes quadratic
   * time.
   */
  #awaitRest(socket: Socket, firstBytes: Buffer): void {
    const take = (rest: Buffer): void => {
      socket.off('data', take)
      socket.off('end', takeAlone)
      this.#guarded(socket, () => {
        const bytes = Buffer.concat([firstBytes, rest])
        const request = this.#read(bytes)
        this.#take(socket, bytes, request === 'incomplete' ? undefined : request)
      })
    }
    const takeAlone = (): void => take(Buffer.alloc(0))
    socket.off('end', endToo)
    socket.on('data', take)
    socket.on('end', takeAlone)
  }

  #read(bytes: Buffer): ReturnType<typeof readStreamRequest> {
    const { maxHeadBytes, forwardedField } = this.#options
    return readStreamRequest(bytes, maxHeadBytes, forwardedField)
  }

  #take(socket: Socket, bytes: Buffer, request: StreamRequest | undefined): void {
    if (request !== undefined) {
      this.#begin(socket, request)
      return
    }
    // After half a request and an end, `node:http` answers what is wrong with it.
    socket.off('end', endToo)
    this.#fallback.take(socket, bytes)
  }

  /** Begins a stream, unless the client that a trusted proxy names is refused. */
  #begin(socket: Socket, request: StreamRequest): void {
    const { admission, forwardedField, nowMs, onAccept, trustedProxies } = this.#options
    const peer = this.#unnamed.get(socket)
    if (peer === undefined) {
      this.#serve(socket, request)
      return
    }
    this.#unnamed.delete(socket)
    const address = clientBehind(peer, request.forwarded ?? '', forwardedField, trustedProxies)
    admission.enter(address, nowMs(), (refusal) => {
      this.#guarded(socket, () => {
        if (refusal !== undefined) this.#refusals.now(socket)
        else if (socket.destroyed) admission.leave(address)
        else {
          socket.on('close', () => admission.leave(address))
          this.#named.set(socket, address)
          this.#serve(socket, request)
        }
      })
      onAccept()
    })
  }

  /**
   * Begins a stream. Bytes that the client sends from now on are discarded; only its end matters.
   */
  #serve(socket: Socket, request: StreamRequest): void {
    const { hub, heads } = this.#options
    this.#deadlines.delete(socket)
    socket.off('end', endToo)
    socket.on('end', endToo)
    socket.resume()
    hub.add({
      socket,
      completesLater: socket instanceof TLSSocket,
      framing: request.framing,
      address: this.#named.get(socket) ?? socket.remoteAddress ?? '-',
      path: request.path,
      head: heads.streamHead(request.framing, request.origin),
      lastEventId: request.lastEventId,
      wantsEnd: request.wantsEnd,
      idleMs: this.#options.idleMs,
    })
  }

  #guarded(socket: Socket, work: () => void): void {
    this.#options.guard.run('client', work, () => socket.destroy())
  }
}

function ignoreError(): void {}

/**
 * A client that ends its side has left: no client half-closes a connection and then reads a stream.
 */
function endToo(this: Socket): void {
  this.end()
}
