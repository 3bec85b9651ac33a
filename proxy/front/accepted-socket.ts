import type { Socket } from 'node:net'

/**
 * Small writes are sent at once. After 30 s of silence the kernel probes whether the peer is still
 * there.
 */
export const ACCEPT_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
} as const

/** Node throws when a Unix socket is to reset its connection. */
export function destroyInsteadOfReset(socket: Socket): void {
  socket.resetAndDestroy = destroyToo
}

/** One function for all sockets. */
function destroyToo(this: Socket): Socket {
  return this.destroy()
}

/** An error of a socket is followed by its `close`. */
export function ignoreError(): void {}
