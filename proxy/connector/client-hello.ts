import { Socket } from 'node:net'

export interface ClientHelloOptions {
  /** Time limit for the first bytes. */
  readonly withinMs: number
  /** Runs work whose exception costs this connection only. */
  readonly guarded: (socket: Socket, work: () => void) => void
  /** They are in the buffer of the socket, which is paused. */
  readonly onBytes: () => void
  /** None came in time, or the connection was closed before. */
  readonly onNone: (why: 'timeout' | 'closed') => void
}

/** Below 1024, with which Node would allocate the next buffer: one of 16 KiB. */
const PIECE = 1000

/**
 * Waits for the first bytes of a handshake. If TLS reads them from the connection itself, Node
 * allocates a buffer of 64 KiB, and keeps it as long as the connection. If they have been read
 * before and come in small pieces, it allocates one of 1 KiB, and another one only for a request
 * that is larger (bench: tls).
 */
export function awaitClientHello(socket: Socket, options: ClientHelloOptions): void {
  const { withinMs, guarded, onBytes, onNone } = options
  const stop = (): void => {
    clearTimeout(timer)
    socket.off('data', onData)
    socket.off('close', onClose)
  }
  const onData = (bytes: Buffer): void => {
    stop()
    socket.pause()
    socket.unshift(bytes)
    socket.read = readPiece
    guarded(socket, onBytes)
  }
  const onClose = (): void => {
    stop()
    guarded(socket, () => onNone('closed'))
  }
  const onTimeout = (): void => {
    stop()
    guarded(socket, () => onNone('timeout'))
  }
  const timer = setTimeout(onTimeout, withinMs)
  socket.on('data', onData)
  socket.on('close', onClose)
  // It is paused after a header of the PROXY protocol.
  socket.resume()
}

/** One function for all sockets. TLS reads until there is nothing. */
function readPiece(this: Socket, size = this.readableLength): unknown {
  return Socket.prototype.read.call(this, Math.min(size, PIECE))
}
