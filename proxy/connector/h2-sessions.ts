import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { H2Settings } from '../config/connector.ts'
import type { ClientSocket } from '../fanout/client-socket.ts'

/** A request on a connection of HTTP/2. */
export interface H2Request {
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  /** Size of the header list. */
  readonly headBytes: number
  /** What the hub writes to. */
  readonly socket: ClientSocket
  /** Whether it is the only stream of its connection, whose place it takes. */
  readonly isFirst: boolean
}

export interface H2SessionsOptions extends H2Settings {
  readonly guard: BoundaryGuard
  readonly maxHeadBytes: number
  /** The connection has no stream, or has one again. */
  readonly onIdle: (socket: Socket, isIdle: boolean) => void
}

// [http/2 §10.5] What a client may make the proxy do without a stream. Resets are limited by
// nghttp2: 1000 at once, then 33 a second.
const LIMITS = {
  maxHeaderListPairs: 128,
  maxOutstandingPings: 10,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  maxSettings: 32,
}
/** [http/2 §6.5.2] What a field adds to the size of a header list besides its name and value. */
const FIELD_BYTES = 32
/** Requests on one connection after which it is not to be used for more. */
const MOST_REQUESTS = 10_000

/** Connections that speak HTTP/2. Each carries many streams, and each stream is a client. */
export class H2Sessions {
  readonly #options: H2SessionsOptions
  readonly #sessions = new Set<ServerHttp2Session>()

  constructor(options: H2SessionsOptions) {
    this.#options = options
  }

  /** Speaks HTTP/2 on this connection. `bytes` = what was received so far. */
  take(socket: Socket, onRequest: (request: H2Request) => void, bytes?: Buffer): void {
    const { guard, maxHeadBytes, maxConcurrentStreams, initialStreamRecvWindow } = this.#options
    if (bytes !== undefined) {
      // Otherwise the socket would discard them before the session reads.
      socket.pause()
      socket.unshift(bytes)
    }
    const session = performServerHandshake(socket, {
      ...LIMITS,
      settings: {
        maxConcurrentStreams,
        maxHeaderListSize: maxHeadBytes,
        initialWindowSize: initialStreamRecvWindow,
      },
    })
    this.#sessions.add(session)
    // An error is always followed by `close`.
    session.on('error', ignore)
    session.on('close', () => this.#sessions.delete(session))
    let open = 0
    let requests = 0
    const accept = (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      _flags: number,
      rawHeaders: readonly string[],
    ): void => {
      stream.on('error', ignore)
      open += 1
      requests += 1
      if (requests === MOST_REQUESTS) session.close()
      const isFirst = open === 1
      if (isFirst) this.#options.onIdle(socket, false)
      stream.on('close', () => {
        open -= 1
        if (open === 0 && !session.destroyed) this.#options.onIdle(socket, true)
      })
      // What a client sends after its request is discarded, and the window for it opens again.
      stream.resume()
      guard.run(
        'client',
        () => {
          const client = toClientSocket(stream, socket)
          const headBytes = sizeOf(rawHeaders)
          onRequest({ stream, headers, headBytes, socket: client, isFirst })
        },
        () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
      )
    }
    // The types of Node 20 lack the last argument.
    session.on('stream', accept as Parameters<typeof session.on>[1])
  }

  /** Takes no more requests. Connections end with their last stream. */
  close(): void {
    for (const session of this.#sessions) session.close()
  }

  /** Settles when all connections have sent what they have and are closed, within this time. */
  async end(withinMs: number): Promise<void> {
    const sessions = [...this.#sessions]
    const deadline = setTimeout(() => {
      for (const session of sessions) session.destroy()
    }, withinMs)
    const closed = sessions.map(async (session) => {
      await new Promise<void>((resolve) => session.once('close', () => resolve()))
    })
    await Promise.all(closed)
    clearTimeout(deadline)
  }
}

/** [http/2 §6.5.2] The size that SETTINGS_MAX_HEADER_LIST_SIZE limits, which Node does not check. */
function sizeOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((bytes, text) => bytes + text.length + FIELD_BYTES / 2, 0)
}

/** With the ends of its connection, by which clients that have vanished are found. */
function toClientSocket(stream: ServerHttp2Stream, socket: Socket): ClientSocket {
  const { localAddress, localPort, remoteAddress, remotePort } = socket
  return Object.assign(stream, {
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    resetAndDestroy: () => stream.close(constants.NGHTTP2_CANCEL),
  })
}

function ignore(): void {}
