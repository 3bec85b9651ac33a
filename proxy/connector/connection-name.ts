import type { Socket } from 'node:net'

/**
 * Both ends of a connection: the same for a TCP socket and for the TLS socket on it, which Node
 * does not relate to each other.
 */
export function connectionName(
  socket: Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>,
): string {
  const { localAddress, localPort, remoteAddress, remotePort } = socket
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`
}
