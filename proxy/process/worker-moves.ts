import type { SendHandle } from 'node:child_process'
import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'

import { ArrivingClients } from './arriving-clients.ts'
import type { ClientSide } from './client-side.ts'
import { type GoneClients, LeavingClients } from './leaving-clients.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import type { ArriveOrder, LeaveOrder, LeaveReport, Move } from './moves.ts'

export interface WorkerMovesOptions {
  readonly clients: ClientSide
  /** Sends a message to the primary process. `handle` stays open here. */
  readonly send: (
    message: FromWorker,
    onSent: (error: Error | null) => void,
    handle?: SendHandle,
  ) => void
  readonly nowMs: () => number
}

/** Sockets under way to a worker of another process; the processes in between hold no more. */
const BATCH = 64
const NONE: GoneClients = { moved: 0, drained: 0 }

/** One upgrade, in the worker that clients leave. */
interface Leave {
  readonly attempt: number
  readonly leaving: LeavingClients
  readonly stop: AbortController
  sent: number
  isFrozen: boolean
  onMarked: () => void
}

/** Moves the clients of a worker to another process or from it, as the primary process orders. */
export class WorkerMoves {
  readonly #options: WorkerMovesOptions
  readonly #arriving: ArrivingClients
  #leave: Leave | undefined

  constructor(options: WorkerMovesOptions) {
    this.#options = options
    this.#arriving = new ArrivingClients(options.clients)
  }

  receive(
    message: Extract<ToWorker, { kind: 'arrive' | 'leave' }>,
    socket: Socket | undefined,
  ): void {
    if (message.kind === 'arrive') this.#arrive(message.order, socket)
    else this.#obey(message.attempt, message.order)
  }

  /** The primary process has ended: nothing is written to clients that may have moved. */
  orphaned(): void {
    if (this.#leave?.isFrozen === true) this.#leave.leaving.release()
    this.close()
  }

  /** Sends nothing more. */
  close(): void {
    this.#leave?.stop.abort()
  }

  #arrive(order: ArriveOrder, socket: Socket | undefined): void {
    switch (order.kind) {
      case 'move':
        this.#arriving.take(order.move, socket)
        break
      case 'mark':
        this.#options.send({ kind: 'arriving', report: { kind: 'marked' } }, ignore)
        break
      case 'prepare': {
        const missing = this.#arriving.prepare()
        this.#options.send({ kind: 'arriving', report: { kind: 'prepared', missing } }, ignore)
        break
      }
      default: {
        const moved = this.#arriving.commit()
        this.#options.send({ kind: 'arriving', report: { kind: 'serving', moved } }, ignore)
      }
    }
  }

  #obey(attempt: number, order: LeaveOrder): void {
    if (attempt !== this.#leave?.attempt) this.#leave = this.#begin(attempt)
    const leave = this.#leave
    const { leaving, stop } = leave
    switch (order.kind) {
      case 'listeners':
        this.#sendListeners(leave)
        break
      case 'copy':
        void this.#carryOut(leave, order.kind, async () => await leaving.copy())
        break
      case 'marked':
        leave.onMarked()
        break
      case 'freeze':
        leave.isFrozen = true
        void this.#carryOut(leave, order.kind, async () => await leaving.freeze())
        break
      case 'keep':
        leaving.keep(order.keys)
        break
      case 'stop':
        void this.#carryOut(leave, order.kind, async () => this.#options.clients.stopAccepting())
        break
      case 'go':
        void this.#carryOut(leave, order.kind, async () => await leaving.go())
        break
      case 'finish':
        void this.#carryOut(
          leave,
          order.kind,
          async () => await leaving.finish(() => stop.signal.aborted),
        )
        break
      default:
        stop.abort()
        leave.isFrozen = false
        leaving.stay(order.isCommitted)
    }
  }

  #begin(attempt: number): Leave {
    this.close()
    const { clients, nowMs } = this.#options
    const stop = new AbortController()
    // Each socket under way waits for it.
    setMaxListeners(0, stop.signal)
    const leave: Leave = {
      attempt,
      leaving: new LeavingClients({
        clients,
        send: async (move, socket) => await this.#send(leave, move, socket),
        nowMs,
      }),
      stop,
      sent: 0,
      isFrozen: false,
      onMarked: ignore,
    }
    return leave
  }

  async #carryOut(
    leave: Leave,
    order: LeaveOrder['kind'],
    work: () => Promise<GoneClients | void>,
  ): Promise<void> {
    try {
      const { moved, drained } = (await work()) ?? NONE
      this.#report(leave, { kind: 'done', order, moved, drained })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (!leave.stop.signal.aborted) this.#report(leave, { kind: 'trouble', reason })
    }
  }

  #sendListeners(leave: Leave): void {
    for (const [index, handle] of this.#options.clients.handles.entries()) {
      this.#report(leave, { kind: 'listener', index }, handle)
    }
    this.#report(leave, { kind: 'done', order: 'listeners', moved: 0, drained: 0 })
  }

  /** Waits after some sockets until they have arrived: none waits in the processes in between. */
  async #send(leave: Leave, move: Move, socket: Socket | undefined): Promise<void> {
    const { signal } = leave.stop
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => reject(new Error('the clients stay'))
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
      const settle = (error?: Error | null): void => {
        signal.removeEventListener('abort', stop)
        if (error === null || error === undefined) resolve()
        else reject(error)
      }
      const { attempt } = leave
      const report: LeaveReport = { kind: 'move', move }
      if (socket !== undefined) leave.sent += 1
      if (socket === undefined || leave.sent % BATCH !== 0) {
        this.#options.send({ kind: 'leaving', attempt, report }, settle, socket)
        return
      }
      this.#options.send({ kind: 'leaving', attempt, report }, ignore, socket)
      leave.onMarked = () => settle()
      this.#report(leave, { kind: 'mark' })
    })
  }

  #report(leave: Leave, report: LeaveReport, handle?: SendHandle): void {
    this.#options.send({ kind: 'leaving', attempt: leave.attempt, report }, ignore, handle)
  }
}

function ignore(): void {}
