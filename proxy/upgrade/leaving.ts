import type { ClientProcesses } from '../process/client-processes.ts'
import { ClientSide } from '../process/client-side.ts'
import { type GoneClients, LeavingClients } from '../process/leaving-clients.ts'
import type { SendMove } from '../process/moves.ts'
import { failed, type SuccessorProcess } from './successor-process.ts'

/** The clients of this process or of its workers, which a new process takes over. */
export interface Leaving {
  /** Sends the sockets of nearly all, and serves them meanwhile. */
  readonly copy: () => Promise<void>
  /** Writes no more, and sends where they are. */
  readonly freeze: () => Promise<void>
  /** These have not arrived, and stay: a list for each process. The others go. */
  readonly keep: (missing: readonly (readonly number[])[]) => void
  /** The new process serves them. Those that cannot move are asked to reconnect. */
  readonly go: () => Promise<GoneClients>
  /** This process serves them as before. */
  readonly stay: (isCommitted: boolean) => void
  /** Moves the rest as it becomes able to move. Settles when all are gone, or soon after `isOver`. */
  readonly finish: (isOver: () => boolean) => Promise<void>
  /** Everything that this process has sent so far has arrived. */
  readonly marked: (process: number) => void
}

/** Before a new process is started. */
export interface Departure {
  /** How many processes serve clients. */
  readonly processes: number
  /** Descriptors of the listening sockets, in the order of the connectors, until `close`. */
  readonly descriptors: readonly (number | undefined)[]
  readonly close: () => void
  /** The clients go to this process. */
  readonly to: (successor: SuccessorProcess, until: AbortSignal) => Leaving
}

/** Prepares the processes that serve clients. Throws `upgrade-failed` if they cannot move them now. */
export async function prepareDeparture(
  clients: ClientProcesses,
  onTrouble: (reason: string) => void,
  nowMs: () => number,
): Promise<Departure> {
  if (clients instanceof ClientSide) {
    return {
      processes: 1,
      descriptors: clients.descriptors,
      close: ignore,
      to: (successor, until) => leavingHere(clients, sendTo(successor, until), nowMs),
    }
  }
  const { LeavingPool } = await import('./leaving-pool.ts')
  const { WorkerPool } = await import('../process/worker-pool.ts')
  if (!(clients instanceof WorkerPool)) throw failed('unknown processes serve the clients')
  const leaving = new LeavingPool({ pool: clients, onTrouble })
  const { descriptors, close } = await leaving.listeners()
  return {
    processes: clients.processes,
    descriptors,
    close,
    to: (successor, until) => {
      leaving.sendTo(successor, until)
      return leaving
    },
  }
}

function leavingHere(clients: ClientSide, send: SendMove, nowMs: () => number): Leaving {
  const leaving = new LeavingClients({ clients, send, nowMs })
  return {
    copy: async () => await leaving.copy(),
    freeze: async () => await leaving.freeze(),
    keep: ([missing = []]) => leaving.keep(missing),
    go: async () => await leaving.go(),
    stay: (isCommitted) => leaving.stay(isCommitted),
    finish: async (isOver) => await leaving.finish(isOver),
    marked: ignore,
  }
}

function sendTo(successor: SuccessorProcess, until: AbortSignal): SendMove {
  return async (move, socket) => {
    await successor.send({ kind: 'move', worker: 0, move }, until, socket)
  }
}

function ignore(): void {}
