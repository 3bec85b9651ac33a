import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** A response of a back end, over HTTP/1.1 or HTTP/2. */
export interface BackEndMessage extends Readable {
  readonly statusCode?: number | undefined
  readonly headers: IncomingHttpHeaders
  /** IP address of its server; '' = not known any more. */
  readonly remoteAddress: string
  /** Whether all of it has been received. */
  readonly complete: boolean
  /** What the back end said before it ended the response; undefined = nothing. */
  readonly farewell?: string | undefined
  /**
   * Asks the other end of the connection for a sign of life, and calls back when it has answered;
   * undefined = the kernel asks.
   */
  readonly ask?: ((onAnswer: () => void) => void) | undefined
}

/** What happens to a request to a back end. */
export interface RequestEvents {
  /** There is a connection, below TLS. Again when another one is tried. */
  readonly onConnected: (socket: Socket) => void
  /** A response with a status of 1xx, which another one follows. */
  readonly onInterim: () => void
  readonly onResponse: (message: BackEndMessage) => void
  /** It has failed, or was closed without a response. */
  readonly onFailed: (error: Error) => void
}
