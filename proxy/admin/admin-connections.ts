import type { Server } from 'node:http'
import type { Socket } from 'node:net'

import { connectionName } from '../connector/connection-name.ts'
import type { AdminSettings } from '../config/settings.ts'

/** How often Node checks for requests that exceed their time limit. */
export const TIMEOUT_LOOK_MS = 500

/**
 * Limits the number and the duration of connections to the admin port, which use files that clients
 * need. One connection above the limit closes the oldest idle one, so that idle connections never
 * keep out a health check.
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
  server.on('secureConnection', (secure: Socket) => {
    const name = connectionName(secure)
    for (const socket of idle) if (connectionName(socket) === name) idle.delete(socket)
    idle.add(secure)
    secure.once('close', () => idle.delete(secure))
  })
  server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket)
    })
  })
}
