import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import { closeHandle, descriptorOfHandle } from '../descriptor.ts'
import type { GoneClients } from '../process/leaving-clients.ts'
import type { LeaveOrder, LeaveReport } from '../process/moves.ts'
import { WorkerAnswers } from '../process/worker-answers.ts'
import type { WorkerLink } from '../process/worker-link.ts'
import type { WorkerPool } from '../process/worker-pool.ts'
import type { Leaving } from './leaving.ts'
import { failed, type SuccessorProcess } from './successor-process.ts'

export interface LeavingPoolOptions {
  readonly pool: WorkerPool
  /** Clients must not move: a worker has ended, say. */
  readonly onTrouble: (reason: string) => void
}

type Done = Extract<LeaveReport, { kind: 'done' }>

const LOOK_MS = 2
const LATE_MS = 20

/** Of this process: reports of an earlier upgrade are told from those of this one. */
let attempts = 0

/**
 * The clients of workers on their way to a new process: each worker sends its own, through this
 * process, to the worker with the same number in the new one.
 */
export class LeavingPool implements Leaving {
  readonly #options: LeavingPoolOptions
  readonly #links: readonly WorkerLink[]
  readonly #attempt: number
  readonly #answers = new WorkerAnswers<Done>()
  readonly #handles: unknown[] = []
  #successor: { readonly process: SuccessorProcess; readonly until: AbortSignal } | undefined
  #order: LeaveOrder['kind'] | undefined
  #hasGone = false

  /** Throws `upgrade-failed` when a worker is missing. */
  constructor(options: LeavingPoolOptions) {
    const { pool } = options
    this.#options = options
    this.#links = [...pool.links]
    attempts += 1
    this.#attempt = attempts
    const started = this.#links.filter(({ hasCaughtUp }) => hasCaughtUp)
    if (started.length !== pool.processes) throw failed('a worker is starting')
    pool.mover = {
      ended: (link) => this.#lost(link),
      leaving: (...report) => this.#receive(...report),
    }
  }

  /**
   * Descriptors of the listening sockets, in the order of the connectors, until `close`. Only
   * workers have them.
   */
  async listeners(): Promise<{
    readonly descriptors: readonly (number | undefined)[]
    readonly close: () => void
  }> {
    await this.#options.pool.acceptEverywhere()
    await this.#ask({ kind: 'listeners' }, this.#links.slice(0, 1))
    const close = (): void => {
      for (const handle of this.#handles.splice(0)) closeHandle(handle)
    }
    return { descriptors: this.#handles.map((handle) => descriptorOfHandle(handle)), close }
  }

  /** Sockets go there from now on. */
  sendTo(process: SuccessorProcess, until: AbortSignal): void {
    this.#successor = { process, until }
    until.addEventListener('abort', () => {
      if (!this.#hasGone) this.#answers.fail(until.reason)
    })
  }

  async copy(): Promise<void> {
    await this.#ask({ kind: 'copy' })
  }

  async freeze(): Promise<void> {
    // What a worker has been sent before the order, it has in its log.
    while (!this.#links.every(({ isUpToDate }) => isUpToDate)) {
      this.#successor?.until.throwIfAborted()
      await pause(LOOK_MS)
    }
    await this.#ask({ kind: 'freeze' })
  }

  keep(missing: readonly (readonly number[])[]): void {
    this.#hasGone = true
    for (const [index, keys] of missing.entries()) {
      const link = this.#links[index]
      if (link !== undefined && keys.length > 0) this.#send(link, { kind: 'keep', keys })
    }
  }

  async go(): Promise<GoneClients> {
    // The places of those that go are free: no worker may give them to others.
    await this.#ask({ kind: 'stop' })
    const reports = [...(await this.#ask({ kind: 'go' })).values()]
    return {
      moved: reports.reduce((sum, { moved }) => sum + moved, 0),
      drained: reports.reduce((sum, { drained }) => sum + drained, 0),
    }
  }

  stay(isCommitted: boolean): void {
    for (const link of this.#links) this.#send(link, { kind: 'stay', isCommitted })
  }

  async finish(isOver: () => boolean): Promise<void> {
    const done = this.#ask({ kind: 'finish' }).then(() => false)
    while (!isOver() && (await Promise.race([done, pause(LATE_MS, true)])));
  }

  marked(process: number): void {
    const link = this.#links[process]
    if (link !== undefined) this.#send(link, { kind: 'marked' })
  }

  async #ask(
    order: LeaveOrder,
    links = this.#links.filter(({ hasStarted }) => hasStarted),
  ): Promise<ReadonlyMap<WorkerLink, Done>> {
    this.#order = order.kind
    return await this.#answers.of(links, (link) => this.#send(link, order))
  }

  #send(link: WorkerLink, order: LeaveOrder): void {
    link.send({ kind: 'leave', attempt: this.#attempt, order })
  }

  /** Once the new process serves the clients, each worker ends by itself. */
  #lost(link: WorkerLink): void {
    if (!this.#links.includes(link)) return
    this.#answers.drop(link)
    if (this.#hasGone) return
    this.#answers.fail(failed('a worker has died'))
    this.#options.onTrouble('a worker has died')
  }

  #receive(link: WorkerLink, attempt: number, report: LeaveReport, handle: unknown): void {
    const worker = this.#links.indexOf(link)
    if (attempt !== this.#attempt || worker === -1) {
      drop(handle)
      return
    }
    switch (report.kind) {
      case 'listener':
        this.#handles[report.index] = handle
        break
      case 'move':
        this.#pass({ kind: 'move', worker, move: report.move }, handle)
        break
      case 'mark':
        this.#pass({ kind: 'mark', worker }, undefined)
        break
      case 'done':
        if (report.order === this.#order) this.#answers.add(link, report)
        break
      default:
        this.#options.onTrouble(report.reason)
    }
  }

  #pass(message: Parameters<SuccessorProcess['send']>[0], handle: unknown): void {
    const socket = handle instanceof Socket ? handle.on('error', ignore) : undefined
    const { process, until } = this.#successor ?? {}
    const close = (): void => void socket?.destroy()
    if (process === undefined || until === undefined) close()
    else process.send(message, until, socket).then(close, close)
  }
}

function drop(handle: unknown): void {
  if (handle instanceof Socket) handle.on('error', ignore).destroy()
  else closeHandle(handle)
}

function ignore(): void {}
