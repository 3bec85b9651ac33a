import type { Socket } from 'node:net'

/**
 * Ends a connection with RST. Node leaks the handle of a socket that is reset after our FIN, so
 * such a socket is destroyed instead.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
