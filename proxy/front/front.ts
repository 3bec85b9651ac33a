import { createServer, type Server, type Socket } from 'node:net'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Hub } from '../fanout/hub.ts'
import { listenOn } from '../listen.ts'
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
  /** How long a client may take to send its request head, and how large that may be. */
  readonly headMs: number
  readonly maxHeadBytes: number
  readonly guard: BoundaryGuard
  readonly admission: Admission
  readonly whenFull: LimitSettings['whenFull']
  /** A client has come, or was refused. */
  readonly onAccept: () => void
  readonly nowMs: () => number
}

/** A burst of reconnects must not overflow the accept queue: an overflowed SYN comes back a second later. */
const BACKLOG = 4096

/** How connections are accepted: small writes leave at once; after 30 s of silence the kernel asks whether a peer is still there. */
const ACCEPT_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  // So that a client which ends its side after the request still gets its answer from `node:http`.
  allowHalfOpen: true,
} as const
const DEADLINE_LOOK_MS = 250
/** Refusals under way at once; past that a connection is closed without an answer. */
const MOST_REFUSALS = 64
const REFUSAL =
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/**
 * The client side. Accepts connections, answers a plain GET by hand with bytes that all clients share, and hands
 * everything else to `node:http`. A client so costs a socket and a subscriber, not an HTTP parser and
 * its request and response objects (bench: proxy).
 */
export class Front {
  readonly #options: FrontOptions
  readonly #servers: Server[] = []
  readonly #fallback: HttpFallback
  /** Connections that are no streams, oldest first, and when they came: their requests or their ends are awaited. */
  readonly #pending = new Map<Socket, number>()
  readonly #deadlines: NodeJS.Timeout
  /** Connections that are being refused. */
  #refusals = 0

  constructor(options: FrontOptions) {
    this.#options = options
    this.#fallback = new HttpFallback({
      ...options,
      onStream: (socket, request) => {
        this.#guarded(socket, () => this.#serve(socket, request))
      },
    })
    this.#deadlines = setInterval(() => {
      options.guard.run('timer', () => this.#cutOffLate())
    }, DEADLINE_LOOK_MS)
  }

  /** Accepts clients at this address; answers the port. Throws `cannot-listen`. */
  async listen(host: string, port: number): Promise<number> {
    const server = createServer(ACCEPT_OPTIONS, (socket) => {
      this.#guarded(socket, () => this.#accept(socket))
    })
    const boundPort = await listenOn(server, { host, port, backlog: BACKLOG })
    this.#servers.push(server)
    return boundPort
  }

  /** At how many places it listens. */
  get listens(): number {
    return this.#servers.length
  }

  /** Accepts no more until it listens again. */
  rest(): void {
    for (const server of this.#servers.splice(0)) server.close()
  }

  /** Accepts no more, and lets go of connections without a request. Streams are the hub's to end. */
  close(): void {
    clearInterval(this.#deadlines)
    this.rest()
    for (const socket of this.#pending.keys()) socket.destroy()
  }

  #accept(socket: Socket): void {
    const { admission } = this.#options
    const address = socket.remoteAddress ?? ''
    const nowMs = this.#options.nowMs()
    // An error is always followed by `close`.
    socket.on('error', ignoreError)
    this.#pending.set(socket, nowMs)
    admission.enter(address, nowMs, (refusal) => {
      this.#guarded(socket, () => this.#heed(socket, address, refusal))
      this.#options.onAccept()
    })
  }

  /** Serves or refuses a client. The decision may have taken longer than the client had for its request. */
  #heed(socket: Socket, address: string, refusal: RefusalReason | undefined): void {
    if (socket.destroyed) {
      this.#pending.delete(socket)
      if (refusal === undefined) this.#options.admission.leave(address)
    } else if (refusal === undefined) {
      this.#admit(socket, address)
    } else {
      this.#refuse(socket)
    }
  }

  #admit(socket: Socket, address: string): void {
    const { admission } = this.#options
    // `on`, though all come once: `once` costs each client a wrapper per event.
    socket.on('close', () => {
      this.#pending.delete(socket)
      admission.leave(address)
    })
    socket.on('end', endToo)
    socket.once('data', (bytes) => {
      this.#guarded(socket, () => this.#takeFirst(socket, bytes))
    })
  }

  #takeFirst(socket: Socket, bytes: Buffer): void {
    const request = readStreamRequest(bytes, this.#options.maxHeadBytes)
    if (request !== undefined) {
      this.#serve(socket, request)
      return
    }
    // Half a request and then an end: `node:http` says what is wrong with it.
    socket.off('end', endToo)
    this.#fallback.take(socket, bytes)
  }

  /** Begins a stream. From here on nothing that the client says is read, but its end has to be seen. */
  #serve(socket: Socket, request: StreamRequest): void {
    const { hub, heads } = this.#options
    this.#pending.delete(socket)
    socket.off('end', endToo)
    socket.on('end', endToo)
    socket.resume()
    hub.add({
      socket,
      framing: request.framing,
      head: heads.streamHead(request.framing, request.origin),
      lastEventId: request.lastEventId,
    })
  }

  /** Answers when the request is there, or else closing would take the answer with it. */
  #refuse(socket: Socket): void {
    if (this.#options.whenFull === 'close' || this.#refusals >= MOST_REFUSALS) {
      this.#pending.delete(socket)
      socket.destroy()
      return
    }
    this.#refusals += 1
    socket.once('data', () => this.#guarded(socket, () => socket.end(REFUSAL)))
    socket.once('close', () => {
      this.#refusals -= 1
      this.#pending.delete(socket)
    })
  }

  #guarded(socket: Socket, work: () => void): void {
    this.#options.guard.run('client', work, () => socket.destroy())
  }

  /** [protocol §5.15] A head that never ends is cut off, and so is a client that does not close after its answer. */
  #cutOffLate(): void {
    const latest = this.#options.nowMs() - this.#options.headMs
    for (const [socket, sinceMs] of this.#pending) {
      if (sinceMs > latest) return
      socket.destroy()
    }
  }
}

function ignoreError(): void {}

/** A client that ends its side has left: nobody asks for a stream and then hangs up to listen. */
function endToo(this: Socket): void {
  this.end()
}
