import type { Socket } from 'node:net'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Connector } from '../config/connector.ts'
import { ipAddressOf } from './ip-address.ts'
import { MAX_PROXY_HEADER, readProxyHeader } from './proxy-header.ts'
import { type TrustedProxies, UNIX_PEER } from './trusted-proxies.ts'

/** A connection that is to send its request. */
export interface Arrival {
  /** IP address of the peer, or `unix`. */
  readonly address: string
  /** Whether it has a place; without one the request names the client that needs it. */
  readonly isAdmitted: boolean
}

export interface ArrivalOptions {
  readonly connector: Connector
  readonly trustedProxies: TrustedProxies
  readonly guard: BoundaryGuard
  /**
   * The address from which the connection comes, as far as the PROXY protocol shows, and whether
   * its request may name another one.
   */
  readonly onPeer: (peer: string, mayNameClient: boolean) => void
  /** There is no header of the PROXY protocol, or it is malformed, or not from a trusted peer. */
  readonly onRefused: () => void
}

/** Finds out from where a new connection comes. */
export function findPeer(socket: Socket, options: ArrivalOptions): void {
  const { connector, trustedProxies, guard, onPeer, onRefused } = options
  const ip = ipAddressOf(socket.remoteAddress ?? '') ?? ''
  const peer = connector.socket === undefined ? ip : UNIX_PEER
  const arrive = (source = peer): void => {
    onPeer(source, connector.useForwardedHeaders === true && trustedProxies.has(source))
  }
  if (connector.useProxyProtocol !== true) arrive()
  else if (trustedProxies.has(peer)) awaitProxyHeader(socket, guard, arrive, onRefused)
  else onRefused()
}

/**
 * Reads the header of the PROXY protocol that a balancer sends first, in any number of pieces. The
 * bytes after it go back to the paused socket. `onSource` gets the address that the header names.
 * `onMalformed` is called for any other bytes, and for an end before them.
 */
function awaitProxyHeader(
  socket: Socket,
  guard: BoundaryGuard,
  onSource: (source: string | undefined) => void,
  onMalformed: () => void,
): void {
  // Each piece is copied once.
  const head = Buffer.alloc(MAX_PROXY_HEADER)
  let length = 0
  const read = (bytes: Buffer): void => {
    const copied = bytes.copy(head, length)
    length += copied
    const header = readProxyHeader(head.subarray(0, length))
    if (header.kind === 'incomplete') return
    socket.off('data', onData)
    socket.off('end', onMalformed)
    if (header.kind === 'malformed') {
      onMalformed()
      return
    }
    socket.pause()
    const rest = bytes.subarray(copied - (length - header.length))
    if (rest.length > 0) socket.unshift(rest)
    onSource(header.source)
  }
  const onData = (bytes: Buffer): void => {
    guard.run(
      'client',
      () => read(bytes),
      () => socket.destroy(),
    )
  }
  socket.on('data', onData)
  socket.on('end', onMalformed)
}
