import { ArrivingClients } from '../process/arriving-clients.ts'
import type { ClientSide } from '../process/client-side.ts'
import type { Move } from '../process/moves.ts'

/** What happens to the clients that come from the process before. */
export interface ArrivalListener {
  /** These processes were started. */
  readonly started: (pids: readonly number[]) => void
  /** Everything that this process of the old proxy has sent so far has arrived. */
  readonly marked: (process: number) => void
  /** A client that could not move earlier has come. */
  readonly cameLate: () => void
  /** They cannot be taken over. */
  readonly failed: (error: Error) => void
}

/** The clients that this process or its workers take over. */
export interface Arriving {
  /** How many processes serve clients. */
  readonly processes: number
  /** Settles when sockets may come. The log begins where it is to begin. */
  readonly start: (listener: ArrivalListener) => Promise<void>
  /** A part of what a process of the old proxy has sent. */
  readonly take: (process: number, move: Move, socket: unknown) => void
  readonly mark: (process: number) => void
  /** Counts them, before others connect. Returns those that have not arrived, for each process. */
  readonly prepare: () => Promise<readonly (readonly number[])[]>
  /** Serves them. Returns their number. */
  readonly commit: () => Promise<number>
  /** Clients that miss events are to get these URLs, the latest last. */
  readonly learn: (urls: readonly string[]) => void
}

/** The clients that this process takes over itself. */
export class ArrivingHere implements Arriving {
  readonly processes = 1
  readonly #clients: ArrivingClients
  #listener: ArrivalListener | undefined

  constructor(clients: ClientSide) {
    this.#clients = new ArrivingClients(clients)
  }

  async start(listener: ArrivalListener): Promise<void> {
    this.#listener = listener
  }

  take(_process: number, move: Move, socket: unknown): void {
    if (this.#clients.take(move, socket)) this.#listener?.cameLate()
  }

  mark(process: number): void {
    this.#listener?.marked(process)
  }

  async prepare(): Promise<readonly (readonly number[])[]> {
    return [this.#clients.prepare()]
  }

  async commit(): Promise<number> {
    return this.#clients.commit()
  }

  /** The announced URLs are in this process. */
  learn(): void {}
}
