import { createServer, type Server, type Socket } from 'node:net'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Hub } from '../fanout/hub.ts'
import { listenOn } from '../listen.ts'
import type { Connector } from '../config/connector.ts'
import type { LimitSettings } from '../config/settings.ts'
import type { Admission, RefusalReason } from './admission.ts'
import type { Cors } from './cors.ts'
import { HttpFallback } from './http-fallback.ts'
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
  readonly whenFull: LimitSettings['whenFull']
  /** A client was accepted or refused. */
  readonly onAccept: () => void
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
  // A client that ends its side after the request still gets the response of `node:http`.
  allowHalfOpen: true,
} as const
const TIMEOUT_CHECK_MS = 250
/** Refusals that are sent at the same time; further connections are closed without a response. */
const MOST_REFUSALS = 64
const REFUSAL =
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/**
 * Accepts the connections of clients at one connector. A plain GET gets a response from bytes that all clients
 * share; every other request goes to `node:http`. So a client costs a socket and a subscriber, and
 * no HTTP parser with its request and response objects (bench: proxy).
 */
export class Front {
  readonly #options: FrontOptions
  #server: Server | undefined
  readonly #fallback: HttpFallback
  /** Connections without a stream, oldest first, and the times of their acceptance. */
  readonly #awaitingRequest = new Map<Socket, number>()
  readonly #timeoutCheck: NodeJS.Timeout
  /** Refusals that are being sent. */
  #refusals = 0

  constructor(options: FrontOptions) {
    this.#options = options
    this.#fallback = new HttpFallback({
      ...options,
      onStream: (socket, request) => {
        this.#guarded(socket, () => this.#serve(socket, request))
      },
    })
    this.#timeoutCheck = setInterval(() => {
      options.guard.run('timer', () => this.#checkTimeouts())
    }, TIMEOUT_CHECK_MS)
  }

  /** Accepts clients at this connector. Returns the port. Throws `cannot-listen`. */
  async listen({ host, port }: Connector): Promise<number> {
    const server = createServer(ACCEPT_OPTIONS, (socket) => {
      this.#guarded(socket, () => this.#accept(socket))
    })
    const backlog = this.#options.acceptQueue ?? BACKLOG
    const boundPort = await listenOn(server, { host, port, backlog })
    this.#server = server
    return boundPort
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
    clearInterval(this.#timeoutCheck)
    this.stopAccepting()
    for (const socket of this.#awaitingRequest.keys()) socket.destroy()
  }

  #accept(socket: Socket): void {
    const { admission } = this.#options
    const address = socket.remoteAddress ?? ''
    const nowMs = this.#options.nowMs()
    // An error is always followed by `close`.
    socket.on('error', ignoreError)
    this.#awaitingRequest.set(socket, nowMs)
    admission.enter(address, nowMs, (refusal) => {
      this.#guarded(socket, () => this.#admitOrRefuse(socket, address, refusal))
      this.#options.onAccept()
    })
  }

  /** The decision may have taken longer than the client had for its request. */
  #admitOrRefuse(socket: Socket, address: string, refusal: RefusalReason | undefined): void {
    if (socket.destroyed) {
      this.#awaitingRequest.delete(socket)
      if (refusal === undefined) this.#options.admission.leave(address)
    } else if (refusal === undefined) {
      this.#admit(socket, address)
    } else {
      this.#refuse(socket)
    }
  }

  #admit(socket: Socket, address: string): void {
    const { admission } = this.#options
    // `on` and not `once`, which costs each client a wrapper per event.
    socket.on('close', () => {
      this.#awaitingRequest.delete(socket)
      admission.leave(address)
    })
    socket.on('end', endToo)
    socket.once('data', (bytes) => {
      this.#guarded(socket, () => this.#takeFirst(socket, bytes))
    })
  }

  #takeFirst(socket: Socket, bytes: Buffer): void {
    const request = readStreamRequest(bytes, this.#options.maxHeadBytes)
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
        const request = readStreamRequest(bytes, this.#options.maxHeadBytes)
        this.#take(socket, bytes, request === 'incomplete' ? undefined : request)
      })
    }
    const takeAlone = (): void => take(Buffer.alloc(0))
    socket.off('end', endToo)
    socket.on('data', take)
    socket.on('end', takeAlone)
  }

  #take(socket: Socket, bytes: Buffer, request: StreamRequest | undefined): void {
    if (request !== undefined) {
      this.#serve(socket, request)
      return
    }
    // After half a request and an end, `node:http` answers what is wrong with it.
    socket.off('end', endToo)
    this.#fallback.take(socket, bytes)
  }

  /**
   * Begins a stream. Bytes that the client sends from now on are discarded; only its end matters.
   */
  #serve(socket: Socket, request: StreamRequest): void {
    const { hub, heads } = this.#options
    this.#awaitingRequest.delete(socket)
    socket.off('end', endToo)
    socket.on('end', endToo)
    socket.resume()
    hub.add({
      socket,
      framing: request.framing,
      head: heads.streamHead(request.framing, request.origin),
      lastEventId: request.lastEventId,
      wantsEnd: request.wantsEnd,
      idleMs: this.#options.idleMs,
    })
  }

  /**
   * Waits for the request before it responds: closing a socket with unread bytes would discard the
   * response.
   */
  #refuse(socket: Socket): void {
    if (this.#options.whenFull === 'close' || this.#refusals >= MOST_REFUSALS) {
      this.#awaitingRequest.delete(socket)
      socket.destroy()
      return
    }
    this.#refusals += 1
    socket.once('data', () => this.#guarded(socket, () => socket.end(REFUSAL)))
    socket.once('close', () => {
      this.#refusals -= 1
      this.#awaitingRequest.delete(socket)
    })
  }

  #guarded(socket: Socket, work: () => void): void {
    this.#options.guard.run('client', work, () => socket.destroy())
  }

  /**
   * [protocol §5.15] Closes connections whose request head does not end, and those that stay open
   * after a response.
   */
  #checkTimeouts(): void {
    const { headMs, idleMs, nowMs } = this.#options
    const latest = nowMs() - (idleMs === 0 ? headMs : Math.min(headMs, idleMs))
    for (const [socket, sinceMs] of this.#awaitingRequest) {
      if (sinceMs > latest) return
      socket.destroy()
    }
  }
}

function ignoreError(): void {}

/**
 * A client that ends its side has left: no client half-closes a connection and then reads a stream.
 */
function endToo(this: Socket): void {
  this.end()
}
