import type { TlsServer, TlsServerSettings } from '../tls/tls-server.ts'

/** What a connector speaks, as the framework names it. */
export const CONNECTOR_TYPES = ['http', 'https', 'h2', 'h2c', 'unix-socket'] as const
export type ConnectorType = (typeof CONNECTOR_TYPES)[number]

/** Whether clients connect by TLS. */
export function isSecure(type: ConnectorType): boolean {
  return type === 'https' || type === 'h2'
}

/** Whether clients may speak HTTP/2. */
export function speaksH2(type: ConnectorType): boolean {
  return type === 'h2' || type === 'h2c'
}

/** Limits of connections of HTTP/2. */
export interface H2Settings {
  readonly maxConcurrentStreams: number
  /** Bytes that a client may send on one stream before the proxy has read them. */
  readonly initialStreamRecvWindow: number
}

/** Where a connector finds the admin pages that it serves, too. */
export interface AdminPlace {
  /** Path that they are below, without a slash at its end; not ''. */
  readonly contextPath: string
  /** Port of the admin pages on 127.0.0.1. */
  readonly port: number
}

/** Where a connector of type `unix-socket` listens. */
export interface UnixSocket {
  /** From the root. */
  readonly path: string
  /** Permissions of the file. */
  readonly mode: number
  /**
   * Another name of the file that the caller looks after, and at which to listen; undefined = the
   * listener makes the file, and removes it.
   */
  readonly openAt?: string
}

/** An address to listen on, what is spoken there, and how its connections are treated. */
export interface Connector {
  readonly type: ConnectorType
  /** Without TCP it has no meaning. */
  readonly host: string
  /** 0 = any free port, a different one each time. */
  readonly port: number
  /** Instead of host and port, which have no meaning then; undefined = TCP. */
  readonly socket?: UnixSocket
  /** A socket that listens at this address already; undefined = none. */
  readonly fd?: number | undefined
  /** Largest request head; undefined = as for other connectors. */
  readonly maxHeadBytes?: number | undefined
  /** Time without a byte after which a connection is closed; undefined = never for this reason. */
  readonly idleMs?: number | undefined
  /** Connections that the kernel accepts before the proxy does; undefined = the proxy's number. */
  readonly acceptQueue?: number | undefined
  /** Whether responses have the header field Server; default: no. */
  readonly sendsServer?: boolean
  /** Whether responses have the header field Date; default: yes. */
  readonly sendsDate?: boolean
  /** Whether the addresses in a header field of a trusted proxy count; default: no. */
  readonly useForwardedHeaders?: boolean
  /** Whether each connection starts with a header of the PROXY protocol; default: no. */
  readonly useProxyProtocol?: boolean
  /** Admin pages that it serves besides the stream; undefined = none. */
  readonly admin?: AdminPlace
  /** Of connectors that speak HTTP/2 and HTTP/1.1. */
  readonly h2?: H2Settings
  /** Of connectors with TLS. */
  readonly tls?: TlsServer
  /** Where that was read, to read it again. */
  readonly tlsSettings?: TlsServerSettings
}

/** How messages and URLs name the place of a connector. */
export function placeOf({
  host,
  port,
  socket,
}: Pick<Connector, 'host' | 'port' | 'socket'>): string {
  if (socket !== undefined) return `unix:${socket.path}`
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The connectors that cannot listen because an earlier one in the list already does. */
export function findCollisions<C extends Pick<Connector, 'host' | 'port' | 'socket'>>(
  connectors: readonly C[],
): readonly C[] {
  const hostsByPort = new Map<number, Set<string>>()
  const paths = new Set<string>()
  return connectors.filter(({ host, port, socket }) => {
    if (socket !== undefined) {
      const isTaken = paths.has(socket.path)
      paths.add(socket.path)
      return isTaken
    }
    if (port === 0) return false
    const hosts = hostsByPort.get(port) ?? new Set<string>()
    hostsByPort.set(port, hosts)
    const isTaken = isAddressTaken(host, hosts)
    hosts.add(host)
    return isTaken
  })
}

/** `::` includes all IPv4 addresses. */
function isAddressTaken(host: string, hosts: ReadonlySet<string>): boolean {
  if (hosts.has(host) || hosts.has('::')) return true
  if (host === '::') return hosts.size > 0
  if (host === '0.0.0.0') return [...hosts].some(isIPv4)
  return isIPv4(host) && hosts.has('0.0.0.0')
}

function isIPv4(host: string): boolean {
  return !host.includes(':')
}
