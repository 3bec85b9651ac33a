import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

import type { Logger } from 'pino'

import type { FrameLog } from '../fanout/frame-log.ts'
import { ACCEPT_OPTIONS, BACKLOG } from '../front/front.ts'
import { listenOn } from '../listen.ts'
import type { ClientProcesses } from './client-processes.ts'
import type { ClientConfig, ClientCounts } from './messages.ts'
import { WorkerLink } from './worker-link.ts'

export interface WorkerPoolOptions {
  readonly config: ClientConfig
  readonly processes: number
  /** Connections that may wait for a worker at once; more are closed, and come back. */
  readonly maxWaiting: number
  /** The program and its arguments that make a process a worker: see `runWorker`. */
  readonly program: readonly string[]
  readonly epoch: string
  readonly log: FrameLog
  /** URLs that have been announced. */
  readonly pointers: () => readonly string[]
  readonly chain: () => readonly string[]
  readonly logger: Logger
  readonly nowMs: () => number
}

const LIFE_LOOK_MS = 1000
/** A worker that dies young is replaced after this pause, not at once. */
const YOUNG_MS = 5000
const PAUSE_MS = 1000

/**
 * Processes that each serve a part of the clients. The primary accepts connections and deals them out in turn, so that the
 * parts are even; it reads nothing from them. A worker that dies is replaced; its clients come back to any of
 * the others, whose logs are the same, and connections that it never got go to the next.
 */
export class WorkerPool implements ClientProcesses {
  readonly #options: WorkerPoolOptions
  /** In the order of their turn. */
  readonly #links: WorkerLink[] = []
  readonly #servers: Server[] = []
  readonly #waiting: Socket[] = []
  readonly #life: NodeJS.Timeout
  readonly #pauses = new Set<NodeJS.Timeout>()
  #isClosed = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#life = setInterval(() => {
      for (const link of this.#links) link.checkLife()
    }, LIFE_LOOK_MS)
    for (let index = 0; index < options.processes; index += 1) this.#fork()
  }

  async listen(host: string, port: number): Promise<number> {
    const server = createServer({ ...ACCEPT_OPTIONS, pauseOnConnect: true }, (socket) => {
      // Else Node would have both processes keep lists of what was passed on.
      Object.assign(socket, { server: null })
      this.#deal(socket)
    })
    // Else the first to be ready would get all the early clients.
    await Promise.all(this.#links.map(async (link) => await link.settled()))
    const boundPort = await listenOn(server, { host, port, backlog: BACKLOG })
    this.#servers.push(server)
    return boundPort
  }

  wake(): void {
    const { log, nowMs } = this.#options
    for (const link of this.#links) link.pump()
    // Until every worker has what is new, the log may be over its limits, up to twice their size.
    if (this.#links.every((link) => link.isUpToDate)) log.trim(nowMs())
  }

  renameChain(): void {
    for (const link of this.#links) link.tell({ kind: 'chain', chain: this.#options.chain() })
  }

  counts(): readonly ClientCounts[] {
    return this.#links.flatMap(({ counts }) => (counts === undefined ? [] : [counts]))
  }

  async close(withinMs: number): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#life)
    for (const pause of this.#pauses) clearTimeout(pause)
    for (const server of this.#servers) server.close()
    for (const socket of this.#waiting) socket.destroy()
    await Promise.all(
      this.#links.map(async (link) => {
        link.tell({ kind: 'close', withinMs })
        const deadline = setTimeout(() => link.worker.kill('SIGKILL'), 1.5 * withinMs)
        await once(link.worker, 'exit')
        clearTimeout(deadline)
      }),
    )
  }

  #deal(socket: Socket): void {
    const index = this.#links.findIndex((link) => link.hasRoom)
    const [link] = index === -1 ? [] : this.#links.splice(index, 1)
    if (link !== undefined) {
      this.#links.push(link)
      link.give(socket)
    } else if (this.#waiting.length < this.#options.maxWaiting) {
      this.#waiting.push(socket)
    } else {
      socket.destroy()
    }
  }

  #dealWaiting(): void {
    while (this.#waiting.length > 0 && this.#links.some((link) => link.hasRoom)) {
      const socket = this.#waiting.shift()
      if (socket !== undefined) this.#deal(socket)
    }
  }

  #fork(): void {
    const { config, program, epoch, log, pointers, chain, logger, nowMs } = this.#options
    const [file = '', ...args] = program
    const startedMs = nowMs()
    const worker = fork(file, args, { serialization: 'advanced' })
    logger.info({ pid: worker.pid }, 'worker started')
    const link = new WorkerLink({
      worker,
      log,
      start: () => [
        { kind: 'start', config, epoch, firstNumber: log.tailNumber, pointers: pointers() },
        { kind: 'chain', chain: chain() },
      ],
      onRoom: () => this.#dealWaiting(),
      nowMs,
    })
    this.#links.push(link)
    // Writing to a process that is just ending fails; its `exit` is what counts.
    worker.on('error', ignoreError)
    worker.once('exit', (code, signal) => {
      this.#links.splice(this.#links.indexOf(link), 1)
      for (const socket of link.takeBack()) this.#deal(socket)
      if (this.#isClosed) return
      logger.error({ pid: worker.pid, code, signal }, 'a worker died')
      this.#replaceAfter(nowMs() - startedMs < YOUNG_MS ? PAUSE_MS : 0)
    })
  }

  #replaceAfter(pauseMs: number): void {
    const pause = setTimeout(() => {
      this.#pauses.delete(pause)
      this.#fork()
    }, pauseMs)
    this.#pauses.add(pause)
  }
}

function ignoreError(): void {}
