import type { Connector } from '../config/connector.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import type { Refusals } from '../front/admission.ts'
import type { ClientCounts, ReloadableSettings } from './messages.ts'
import type { SocketEnds } from './socket-table.ts'

/** The processes that serve clients: this one, or workers. */
export interface ClientProcesses {
  /**
   * Accepts clients at this connector. Returns the port; 0 = it is a Unix socket. Throws
   * `cannot-listen`.
   */
  readonly listen: (connector: Connector) => Promise<number>
  /** New connections get these certificates, in the order of the connectors. */
  readonly replaceCertificates: (certificates: readonly (TlsServer | undefined)[]) => void
  /** New clients are served by these settings; no stream ends. */
  readonly reload: (settings: ReloadableSettings) => void
  /** The counts of each process. */
  readonly counts: () => readonly ClientCounts[]
  /** Clients that all processes have refused since their start. */
  readonly refused: () => Refusals
  /** Disconnects the clients of these connections. */
  readonly disconnectVanished: (gone: readonly SocketEnds[]) => void
  /** Accepts no more clients, as part of an upgrade: workers are ordered to one by one. */
  readonly stopAccepting: () => void
  /** Accepts no more clients, and ends the open streams one after the other. */
  readonly endGradually: () => void
  /** Accepts no more clients and ends every stream; settles within this time. */
  readonly close: (withinMs: number) => Promise<void>
}
