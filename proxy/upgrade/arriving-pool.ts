import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import type { ArriveReport, Move } from '../process/moves.ts'
import { WorkerAnswers } from '../process/worker-answers.ts'
import type { WorkerLink } from '../process/worker-link.ts'
import type { WorkerPool } from '../process/worker-pool.ts'
import type { ArrivalListener, Arriving } from './arriving.ts'
import { failed } from './successor-process.ts'

const LOOK_MS = 2
const DIED = 'a worker of the new process has died'

/** The clients that workers take over: those of one old worker come to one new worker. */
export class ArrivingPool implements Arriving {
  readonly #pool: WorkerPool
  readonly #answers = new WorkerAnswers<ArriveReport | { readonly kind: 'started' }>()
  #links: readonly WorkerLink[] = []
  #listener: ArrivalListener | undefined
  #isCommitted = false
  #hasFailed = false

  constructor(pool: WorkerPool) {
    this.#pool = pool
  }

  get processes(): number {
    return this.#pool.processes
  }

  async start(listener: ArrivalListener): Promise<void> {
    this.#listener = listener
    this.#pool.mover = {
      started: (link) => this.#answers.add(link, { kind: 'started' }),
      ended: (link) => this.#lost(link),
      arriving: (link, report) => this.#receive(link, report),
    }
    // One after the other: all at once would take the processors from the clients.
    for (let number = 1; number <= this.#pool.processes; number += 1) {
      this.#pool.startWorker()
      this.#links = [...this.#pool.links]
      listener.started(this.#links.flatMap(({ worker }) => worker.pid ?? []))
      await this.#answers.of(this.#links.slice(-1), ignore)
    }
  }

  take(process: number, move: Move, socket: unknown): void {
    const link = this.#linkFor(process)
    const order = { kind: 'move', move } as const
    if (!(socket instanceof Socket)) link?.send({ kind: 'arrive', order })
    else if (link === undefined) socket.destroy()
    else {
      link.sendSocket({ kind: 'arrive', order }, socket)
      if (move.kind === 'late') this.#listener?.cameLate()
    }
  }

  mark(process: number): void {
    this.#linkFor(process)?.send({ kind: 'arrive', order: { kind: 'mark' } })
  }

  async prepare(): Promise<readonly (readonly number[])[]> {
    // What a worker has been sent before the order, it has in its log.
    while (!this.#links.every(({ isUpToDate }) => isUpToDate)) {
      if (this.#hasFailed) throw failed(DIED)
      await pause(LOOK_MS)
    }
    const answers = await this.#answers.of(this.#links, (link) => {
      link.send({ kind: 'arrive', order: { kind: 'prepare' } })
    })
    return this.#links.map((link) => {
      const answer = answers.get(link)
      return answer?.kind === 'prepared' ? answer.missing : []
    })
  }

  async commit(): Promise<number> {
    this.#isCommitted = true
    const present = this.#links.filter(({ hasStarted }) => hasStarted)
    const answers = await this.#answers.of(present, (link) => {
      link.send({ kind: 'arrive', order: { kind: 'commit' } })
    })
    let moved = 0
    for (const answer of answers.values()) if (answer.kind === 'serving') moved += answer.moved
    return moved
  }

  learn(urls: readonly string[]): void {
    for (const link of this.#pool.links) link.send({ kind: 'learn', urls })
  }

  /** A worker that has died since was replaced: its late clients go to any other. */
  #linkFor(process: number): WorkerLink | undefined {
    const link = this.#links[process]
    if (link?.hasStarted === true) return link
    return this.#pool.links.find(({ hasStarted }) => hasStarted)
  }

  #lost(link: WorkerLink): void {
    if (!this.#links.includes(link)) return
    this.#answers.drop(link)
    // The clients of that worker return. Those of the others stay.
    if (this.#isCommitted) return
    this.#hasFailed = true
    this.#answers.fail(failed(DIED))
    this.#listener?.failed(failed(DIED))
  }

  #receive(link: WorkerLink, report: ArriveReport): void {
    const process = this.#links.indexOf(link)
    if (report.kind !== 'marked') this.#answers.add(link, report)
    else if (process !== -1) this.#listener?.marked(process)
  }
}

function ignore(): void {}
