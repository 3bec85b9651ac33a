import type { SendHandle } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import { type Listener, openListener } from '../listener.ts'
import type { Connector, H2Settings } from '../config/connector.ts'
import { isH2, TlsAcceptor } from '../connector/tls-acceptor.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import type { RefusalReason } from './admission.ts'
import { ACCEPT_OPTIONS, destroyInsteadOfReset, ignoreError } from './accepted-socket.ts'
import { type Arrival, findPeer } from './arrival.ts'
import { clientBehind } from './forwarded.ts'
import type { FrontOptions } from './front-options.ts'
import { Refusals } from './refusals.ts'
import { ClientNames } from './client-names.ts'
import { endWithClient, FirstRequest } from './first-request.ts'
import { H2Front } from './h2-front.ts'
import { HttpFallback } from './http-fallback.ts'
import { RequestDeadlines } from './request-deadlines.ts'
import type { StreamRequest } from './stream-request.ts'

/**
 * A burst of reconnects must not overflow the accept queue: a dropped SYN is sent again only a
 * second later.
 */
const BACKLOG = 4096

/**
 * Accepts the connections of clients at one connector. A plain GET gets a response from bytes that
 * all clients share; every other request goes to `node:http`. So a client costs a socket and a
 * subscriber, and no HTTP parser with its request and response objects (bench: proxy).
 */
export class Front {
  readonly #options: FrontOptions
  #listener: Listener | undefined
  #tls: TlsAcceptor | undefined
  #h2: H2Front | undefined
  readonly #fallback: HttpFallback
  readonly #deadlines: RequestDeadlines
  readonly #names = new ClientNames()
  readonly #firstRequest: FirstRequest
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
    this.#firstRequest = new FirstRequest({
      ...options,
      guarded: (socket, work) => this.#guarded(socket, work),
      onStream: (socket, request) => this.#begin(socket, request),
      onOther: (socket, bytes) => this.#fallback.take(socket, bytes),
    })
  }

  /**
   * Accepts clients at this connector. Returns the port; 0 = it is a Unix socket. Throws
   * `cannot-listen`.
   */
  async listen(connector: Connector): Promise<number> {
    const { tls, h2, socket: file } = connector
    this.#h2 ??= h2 === undefined ? undefined : this.#createH2(h2)
    this.#tls ??= tls === undefined ? undefined : this.#createAcceptor(tls)
    // A client that ends its side after the request still gets the response of `node:http`. With
    // TLS, Node would then not tell that a client left in the middle of a handshake.
    const allowHalfOpen = tls === undefined
    const server = createServer({ ...ACCEPT_OPTIONS, allowHalfOpen }, (socket) => {
      if (file !== undefined) destroyInsteadOfReset(socket)
      this.#guarded(socket, () => this.#accept(socket, connector))
    })
    this.#listener = await openListener(server, connector, this.#options.acceptQueue ?? BACKLOG)
    return this.#listener.port
  }

  /** New connections get this certificate. */
  replaceCertificate(tls: TlsServer): void {
    this.#tls?.replace(tls)
  }

  get isListening(): boolean {
    return this.#listener !== undefined
  }

  /** Descriptor of its listening socket; undefined = it does not listen. */
  get descriptor(): number | undefined {
    return this.#listener?.descriptor
  }

  /** The same as a handle, which a process can be sent. */
  get handle(): SendHandle | undefined {
    return this.#listener?.handle
  }

  /** Connections that have sent no request yet. */
  get awaitingRequest(): number {
    return this.#deadlines.size
  }

  /** Accepts no more clients until `listen` is called again. */
  stopAccepting(): void {
    this.#listener?.stop()
    this.#listener = undefined
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
      guarded: (socket, work) => this.#guarded(socket, work),
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
        this.#names.name(socket, peer)
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
    if (!this.#names.awaitName(socket, peer)) {
      this.#deadlines.delete(socket)
      socket.destroy()
      return
    }
    socket.on('close', () => {
      this.#deadlines.delete(socket)
      this.#names.forget(socket)
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
        this.#names.forget(secure)
      })
      this.#deadlines.add(secure)
      this.#names.move(socket, secure)
      this.#guarded(secure, () => onSecure(secure))
    })
  }

  #awaitFirst(socket: Socket, arrival: Arrival): void {
    if (this.#h2 !== undefined && isH2(socket)) {
      this.#h2.take(socket, arrival)
      return
    }
    endWithClient(socket)
    const takeFirst = (bytes: Buffer): void => {
      this.#guarded(socket, () => this.#firstRequest.take(socket, bytes))
    }
    // With TLS the handshake has chosen.
    if (this.#h2 === undefined || this.#tls !== undefined) socket.once('data', takeFirst)
    else this.#h2.detect(socket, arrival, takeFirst)
    // It is paused after a header of the PROXY protocol.
    socket.resume()
  }

  /** Begins a stream, unless the client that a trusted proxy names is refused. */
  #begin(socket: Socket, request: StreamRequest): void {
    const { admission, forwardedField, nowMs, onAccept, trustedProxies } = this.#options
    const peer = this.#names.takePeer(socket)
    if (peer === undefined) {
      this.#serve(socket, request)
      return
    }
    const address = clientBehind(peer, request.forwarded ?? '', forwardedField, trustedProxies)
    admission.enter(address, nowMs(), (refusal) => {
      this.#guarded(socket, () => {
        if (refusal !== undefined) this.#refusals.now(socket)
        else if (socket.destroyed) admission.leave(address)
        else {
          socket.on('close', () => admission.leave(address))
          this.#names.name(socket, address)
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
    endWithClient(socket)
    socket.resume()
    hub.add({
      socket,
      completesLater: socket instanceof TLSSocket,
      framing: request.framing,
      address: this.#names.addressOf(socket),
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
