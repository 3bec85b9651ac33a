import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:net'

import type { Logger } from 'pino'

import { ProxyError } from '../errors.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import { listenOn } from '../listen.ts'
import type { ClientProcesses } from './client-processes.ts'
import type { ClientConfig, ClientCounts } from './messages.ts'
import { WorkerLink } from './worker-link.ts'

export interface WorkerPoolOptions {
  readonly config: ClientConfig
  readonly processes: number
  readonly epoch: string
  readonly log: FrameLog
  /** URLs that have been announced. */
  readonly pointers: () => readonly string[]
  readonly chain: () => readonly string[]
  readonly logger: Logger
  readonly nowMs: () => number
}

interface Address {
  readonly host: string
  readonly port: number
}

const LIFE_LOOK_MS = 1000
/** A worker that dies young is replaced after this pause, not at once. */
const YOUNG_MS = 5000
const PAUSE_MS = 1000

/**
 * Processes that share the listening sockets and each serve a part of the clients. The primary accepts and deals the
 * connections out in turn, so that the parts are even. A worker that dies is replaced; its clients come back to
 * any of the others, whose logs are the same.
 */
export class WorkerPool implements ClientProcesses {
  readonly #options: WorkerPoolOptions
  readonly #links = new Set<WorkerLink>()
  readonly #addresses: Address[] = []
  readonly #life: NodeJS.Timeout
  readonly #pauses = new Set<NodeJS.Timeout>()
  #isClosed = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    cluster.schedulingPolicy = cluster.SCHED_RR
    cluster.setupPrimary({ serialization: 'advanced', args: [] })
    this.#life = setInterval(() => {
      for (const link of this.#links) link.checkLife()
    }, LIFE_LOOK_MS)
    this.#life.unref()
    for (let index = 0; index < options.processes; index += 1) this.#fork()
  }

  async listen(host: string, wantedPort: number): Promise<number> {
    // All share one port by its number, also those that come when all others have died.
    const port = wantedPort === 0 ? await freePort(host) : wantedPort
    for (const link of this.#links) {
      link.tell({ kind: 'listen', host, port })
      const answer = await link.answer('listening', 'failed')
      if (answer.kind === 'failed') throw new ProxyError('cannot-listen', answer.message)
    }
    this.#addresses.push({ host, port })
    return port
  }

  wake(): void {
    const { log, nowMs } = this.#options
    for (const link of this.#links) link.pump()
    // Until every worker has what is new, the log may be over its limits, up to twice their size.
    if ([...this.#links].every((link) => link.isUpToDate)) log.trim(nowMs())
  }

  renameChain(): void {
    for (const link of this.#links) link.tell({ kind: 'chain', chain: this.#options.chain() })
  }

  counts(): readonly ClientCounts[] {
    return [...this.#links].flatMap(({ counts }) => (counts === undefined ? [] : [counts]))
  }

  async close(withinMs: number): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#life)
    for (const pause of this.#pauses) clearTimeout(pause)
    await Promise.all(
      [...this.#links].map(async (link) => {
        link.tell({ kind: 'close', withinMs })
        const deadline = setTimeout(() => link.worker.kill('SIGKILL'), 1.5 * withinMs)
        await once(link.worker, 'exit')
        clearTimeout(deadline)
      }),
    )
  }

  #fork(): void {
    const { config, epoch, log, pointers, logger, nowMs } = this.#options
    const startedMs = nowMs()
    const worker = cluster.fork()
    logger.info({ pid: worker.process.pid }, 'worker started')
    const link = new WorkerLink({
      worker,
      log,
      start: () => [
        { kind: 'start', config, epoch, firstNumber: log.tailNumber, pointers: pointers() },
        { kind: 'chain', chain: this.#options.chain() },
      ],
      nowMs,
    })
    for (const address of this.#addresses) link.tell({ kind: 'listen', ...address })
    this.#links.add(link)
    worker.once('exit', (code, signal) => {
      this.#links.delete(link)
      if (this.#isClosed) return
      logger.error({ pid: worker.process.pid, code, signal }, 'a worker died')
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

async function freePort(host: string): Promise<number> {
  const server = createServer()
  const port = await listenOn(server, { host, port: 0 })
  server.close()
  await once(server, 'close')
  return port
}
