import cluster from 'node:cluster'
import { once } from 'node:events'

import type { Logger } from 'pino'

import { logException } from '../log-exception.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Connector } from '../config/connector.ts'
import { Deadline } from '../deadline.ts'
import { ProxyError } from '../errors.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import { findFreePort } from '../listen.ts'
import { whoListens } from './balance.ts'
import type { ClientProcesses } from './client-processes.ts'
import type { ClientConfig, ClientCounts } from './messages.ts'
import { PlaceKeeper } from './place-keeper.ts'
import type { SocketEnds } from './socket-table.ts'
import { WorkerLink } from './worker-link.ts'

export interface WorkerPoolOptions {
  readonly config: ClientConfig
  readonly processes: number
  /** The program and its arguments that make a process a worker: see `runWorker`. */
  readonly program: readonly string[]
  readonly epoch: string
  readonly log: FrameLog
  /** URLs that have been announced. */
  readonly pointers: () => readonly string[]
  readonly chain: () => readonly string[]
  readonly guard: BoundaryGuard
  readonly logger: Logger
  readonly nowMs: () => number
}

const LIFE_LOOK_MS = 1000
/** A worker that dies young is replaced after this pause, not at once. */
const YOUNG_MS = 5000
const PAUSE_MS = 1000
const LISTEN_MS = 30_000

/** Called whenever a worker accepts clients, or cannot. */
interface Opening {
  readonly look: () => void
  readonly fail: (reason: string) => void
}

/**
 * Processes that each serve a part of the clients. All accept at the same address, and the system deals clients out to those
 * that listen; the primary process sees to it that the parts are even. It never touches a client: to pass one on to
 * another process costs more than to serve it (bench: proxy). A worker that dies is replaced; its clients come back
 * to any of the others, whose logs are the same.
 */
export class WorkerPool implements ClientProcesses {
  readonly #options: WorkerPoolOptions
  readonly #links: WorkerLink[] = []
  readonly #connectors: Connector[] = []
  readonly #places: PlaceKeeper
  readonly #life: NodeJS.Timeout
  readonly #pauses = new Set<NodeJS.Timeout>()
  /** There until every worker accepts clients. */
  #opening: Opening | undefined
  #isClosed = false

  constructor(options: WorkerPoolOptions) {
    const [exec = '', ...args] = options.program
    this.#options = options
    const { config, processes } = options
    this.#places = new PlaceKeeper({ limits: config.settings.limits, processes })
    // Workers accept for themselves.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    cluster.setupPrimary({ exec, args, serialization: 'advanced' })
    this.#life = setInterval(() => {
      options.guard.run('timer', () => {
        for (const link of this.#links) link.checkLife()
      })
    }, LIFE_LOOK_MS)
    for (let index = 0; index < options.processes; index += 1) this.#fork()
  }

  /** Settles once every worker accepts clients. */
  async listen(host: string, port: number): Promise<number> {
    // Each worker would get another one for port 0.
    const samePort = port === 0 ? await findFreePort(host) : port
    this.#connectors.push({ host, port: samePort })
    await this.#allListen()
    return samePort
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

  cutOffVanished(gone: readonly SocketEnds[]): void {
    for (const link of this.#links) link.tell({ kind: 'vanished', gone })
  }

  counts(): readonly ClientCounts[] {
    return this.#links.flatMap(({ counts }) => (counts === undefined ? [] : [counts]))
  }

  async close(withinMs: number): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#life)
    for (const pause of this.#pauses) clearTimeout(pause)
    await Promise.all(
      this.#links.map(async (link) => {
        link.end(withinMs)
        const deadline = setTimeout(() => link.worker.kill('SIGKILL'), 1.5 * withinMs)
        await once(link.worker, 'exit')
        clearTimeout(deadline)
      }),
    )
  }

  async #allListen(): Promise<void> {
    const { processes, nowMs } = this.#options
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string): void => {
        deadline.clear()
        reject(new ProxyError('cannot-listen', reason))
      }
      const look = (): void => {
        const ready = this.#links.filter((link) => link.acceptsAt(this.#connectors.length))
        if (ready.length < processes) return
        deadline.clear()
        this.#opening = undefined
        this.#balance()
        resolve()
      }
      const tooLate = `not every worker accepts clients after ${LISTEN_MS} ms: see the log`
      const deadline = new Deadline(LISTEN_MS, nowMs, () => fail(tooLate))
      this.#opening = { look, fail }
      this.#balance()
    })
  }

  #balance(): void {
    const fit = this.#links.filter(({ isFit }) => isFit)
    // Clients may be at the door before the last worker is there: nobody rests until all have been seen to accept.
    const chosen =
      this.#opening === undefined ? whoListens(fit.map(({ load }) => load)) : fit.map(() => true)
    const accepting = fit.filter((_link, index) => chosen[index])
    for (const link of accepting) link.listen(this.#connectors)
    // Not before another one does accept: a port where nobody listens is closed, and with it what waits there.
    if (accepting.some((link) => link.acceptsAt(this.#connectors.length))) {
      for (const link of fit) if (!accepting.includes(link)) link.listen([])
    }
    this.#opening?.look()
  }

  #fork(): void {
    const { config, epoch, processes, log, pointers, chain, guard, logger, nowMs } = this.#options
    const startedMs = nowMs()
    const forked = cluster.fork()
    const { process: worker } = forked
    logger.info({ pid: worker.pid }, 'worker started')
    const link = new WorkerLink({
      worker,
      log,
      start: () => [
        {
          kind: 'start',
          config,
          epoch,
          processes,
          firstNumber: log.tailNumber,
          pointers: pointers(),
        },
        { kind: 'chain', chain: chain() },
      ],
      onStarted: () => this.#places.add(link),
      onPlaces: (message) => this.#places.hear(link, message),
      onLoad: () => this.#balance(),
      onCannotListen: (reason) => {
        if (this.#opening !== undefined) {
          this.#opening.fail(reason)
          return
        }
        logger.error({ pid: worker.pid, reason }, 'a worker cannot accept clients')
        worker.kill('SIGKILL')
      },
      guard,
      onException: (exception) => logException(logger, exception, worker.pid),
      nowMs,
    })
    this.#links.push(link)
    const died = (code: number | null, signal: string | null): void => {
      this.#links.splice(this.#links.indexOf(link), 1)
      this.#places.remove(link)
      if (this.#isClosed) return
      logger.error({ pid: worker.pid, code, signal }, 'a worker died')
      // Those that are left may have been resting.
      this.#balance()
      this.#replaceAfter(nowMs() - startedMs < YOUNG_MS ? PAUSE_MS : 0)
    }
    worker.once('exit', died)
    // Also of a process that could not be made for want of files, memory or process ids: such a one has no `exit`.
    forked.on('error', (error) => {
      if (worker.pid === undefined) died(null, error.message)
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
