import type { Server } from 'node:http'
import type { Socket } from 'node:net'

import type { AdminSettings } from '../config/settings.ts'

/** How often Node looks for requests that take too long. */
export const TIMEOUT_LOOK_MS = 500

/**
 * Bounds what the connections of the admin port take from the clients: files, and time. One connection more than the limit
 * costs the oldest that has no request its place, so that idle ones never keep a health check out.
 */
export function limitConnections(server: Server, limits: AdminSettings): void {
  const idle = new Set<Socket>()
  let open = 0
  server.headersTimeout = limits.headMs
  server.requestTimeout = limits.headMs
  server.keepAliveTimeout = limits.idleMs
  server.timeout = limits.headMs + limits.idleMs
  server.on('connection', (socket: Socket) => {
    open += 1
    idle.add(socket)
    socket.once('close', () => {
      open -= 1
      idle.delete(socket)
    })
    if (open <= limits.maxConnections) return
    const [oldest = socket] = idle
    idle.delete(oldest)
    oldest.destroy()
  })
  server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket)
    })
  })
}
