import { open } from 'node:fs/promises'
import { SocketAddress } from 'node:net'
import { endianness } from 'node:os'

/** A connection by its two ends, with addresses as Node writes them. */
export interface SocketEnds {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
}

/** A connection whose peer has not acknowledged what was sent to it again and again. */
export interface UnansweredSocket {
  /** Both ends as the kernel writes them: the same for as long as the connection lives. */
  readonly key: string
  /**
   * Attempts since the peer last answered: retransmissions, or questions whether a full peer has
   * room again.
   */
  readonly attempts: number
  /** Bytes that the peer has not acknowledged. */
  readonly queuedBytes: number
}

/** The kernel's tables of TCP sockets [proc_net_tcp]. Linux only. */
export const SOCKET_TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const

/** The kernel returns one page of whole lines per read, for any requested size. */
const READ_BYTES = 64 * 1024
const [COLON, NEWLINE, ZERO, ONE, FOUR, EIGHT] = Buffer.from(':\n0148')

/**
 * Calls back for each unanswered connection of these local ports. Reads off the event loop, a page
 * at a time. Throws `ENOENT` where there is no such table.
 */
export async function readUnanswered(
  table: string,
  localPorts: readonly number[],
  onSocket: (socket: UnansweredSocket) => void,
): Promise<void> {
  const ports = new Set(localPorts.map((port) => port.toString(16).toUpperCase().padStart(4, '0')))
  const file = await open(table)
  try {
    const bytes = Buffer.allocUnsafe(READ_BYTES)
    let keptBytes = 0
    for (;;) {
      const { bytesRead } = await file.read(bytes, keptBytes, READ_BYTES - keptBytes)
      if (bytesRead === 0) return
      const readBytes = keptBytes + bytesRead
      const end = bytes.lastIndexOf(NEWLINE ?? 0, readBytes - 1) + 1
      eachLine(bytes.subarray(0, end), ports, onSocket)
      bytes.copyWithin(0, end, readBytes)
      keptBytes = readBytes - end
    }
  } finally {
    await file.close()
  }
}

/**
 * Columns after `sl:`, each of a fixed width but the last ones: local and remote end, state, tx:rx
 * queue, timer:expiry, retransmissions, user, unanswered probes. Most lines are left after a look
 * at two of their bytes.
 */
function eachLine(
  lines: Buffer,
  ports: ReadonlySet<string>,
  onSocket: (socket: UnansweredSocket) => void,
): void {
  let at = 0
  while (at < lines.length) {
    const end = lines.indexOf(NEWLINE ?? 0, at)
    const local = lines.indexOf(COLON ?? 0, at) + 2
    const port = lines.indexOf(COLON ?? 0, local) + 1
    const remote = port + 5
    const state = remote + (port - local) + 5
    if (isOpen(lines, state) && isUnanswered(lines, state + 21)) {
      if (ports.has(lines.toString('latin1', port, port + 4))) {
        const text = lines.toString('latin1', state, end).split(/[ :]+/)
        const [, queued = '', , timer, , retransmissions = '', , probes = ''] = text
        onSocket({
          key: lines.toString('latin1', local, state - 1),
          attempts: timer === '04' ? Number(probes) : Number.parseInt(retransmissions, 16),
          queuedBytes: Number.parseInt(queued, 16),
        })
      }
    }
    at = end + 1
  }
}

/** Established, or ended by the peer only. */
function isOpen(lines: Buffer, state: number): boolean {
  return lines[state] === ZERO && (lines[state + 1] === ONE || lines[state + 1] === EIGHT)
}

/** The timer is that of retransmissions, or that of window probes. */
function isUnanswered(lines: Buffer, timer: number): boolean {
  return lines[timer] === ZERO && (lines[timer + 1] === ONE || lines[timer + 1] === FOUR)
}

/** The ends of an `UnansweredSocket`. */
export function endsOf({ key }: UnansweredSocket): SocketEnds {
  const [localAddress = '', localPort = '', remoteAddress = '', remotePort = ''] = key.split(/[ :]/)
  return {
    localAddress: readAddress(localAddress),
    localPort: Number.parseInt(localPort, 16),
    remoteAddress: readAddress(remoteAddress),
    remotePort: Number.parseInt(remotePort, 16),
  }
}

/** The kernel writes an address as 32-bit numbers in the order of the machine. */
function readAddress(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  if (endianness() === 'LE') bytes.swap32()
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}
