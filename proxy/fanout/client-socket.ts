import type { Socket } from 'node:net'

/** What carries a client's stream: a connection, TLS on one, or a stream of HTTP/2. */
export interface ClientSocket extends Pick<
  Socket,
  'closed' | 'cork' | 'destroyed' | 'uncork' | 'writable' | 'writableLength'
> {
  /** Both ends of the connection. */
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  /** Bytes on the wire so far; undefined = it cannot tell. */
  readonly bytesWritten?: number
  readonly write: (bytes: Buffer | string, onWritten?: (error?: Error | null) => void) => boolean
  readonly end: (bytes: Buffer | string) => unknown
  readonly destroy: () => unknown
  /** Ends it at once, so that bytes which the client does not read are dropped. */
  readonly resetAndDestroy: () => unknown
  readonly on: (event: 'close', listener: () => void) => unknown
  readonly once: (event: 'close', listener: () => void) => unknown
}
