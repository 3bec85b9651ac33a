import type { ClientCounts } from './messages.ts'
import type { SocketEnds } from './socket-table.ts'

/** The processes that serve clients: this one, or workers. */
export interface ClientProcesses {
  /** Accepts clients at this address; answers the port. Throws `cannot-listen`. */
  readonly listen: (host: string, port: number) => Promise<number>
  /** The log has grown. */
  readonly wake: () => void
  /** This proxy's chain of names has changed. */
  readonly renameChain: () => void
  /** Of each process. */
  readonly counts: () => readonly ClientCounts[]
  /** Cuts off the clients of these connections. */
  readonly cutOffVanished: (gone: readonly SocketEnds[]) => void
  /** Accepts no more and ends every stream; settles within this time. */
  readonly close: (withinMs: number) => Promise<void>
}
