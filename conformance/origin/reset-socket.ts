import type { Socket } from 'node:net'

/** Ends a connection with RST. After our own FIN Node leaks the handle of a reset socket, so that one is just destroyed. */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
