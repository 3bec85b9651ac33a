import type { ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'

import { logHandshakeFailure } from '../connector/log-handshake-failure.ts'
import { logException } from '../log-exception.ts'
import type { Connector } from '../config/connector.ts'
import { type Refusals, sumOfRefusals } from '../front/admission.ts'
import type { EndedStream } from '../log/ended-stream.ts'
import type { ClientProcesses } from './client-processes.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import type { ClientConfig, ClientCounts, ReloadableSettings } from './messages.ts'
import { ConnectionQuota } from './connection-quota.ts'
import { PoolListeners } from './pool-listeners.ts'
import type { SocketEnds } from './socket-table.ts'
import { WorkerLink } from './worker-link.ts'
import type { PoolMover, WorkerPoolOptions } from './worker-pool-options.ts'

const LIFE_CHECK_MS = 1000
/** A worker that dies this soon after its start is replaced after a pause, not at once. */
const YOUNG_MS = 5000
const PAUSE_MS = 1000

/**
 * Processes that each serve a part of the clients. All listen at the same address, and the system
 * distributes clients among those that accept. The primary process keeps the parts even. It never
 * handles a client: to pass a connection to another process costs more than to serve it (bench:
 * proxy). A worker that dies is replaced. Its clients reconnect to any of the others, whose logs
 * are the same.
 */
export class WorkerPool implements ClientProcesses {
  readonly #options: WorkerPoolOptions
  /** For workers that start from now on. */
  #config: ClientConfig
  readonly #links: WorkerLink[] = []
  readonly #listeners: PoolListeners
  readonly #quota: ConnectionQuota
  readonly #life: NodeJS.Timeout
  readonly #pauses = new Set<NodeJS.Timeout>()
  #mover: PoolMover | undefined
  /** Streams are ending: no worker begins to accept, and none is replaced. */
  #isEnding = false

  constructor(options: WorkerPoolOptions) {
    const [exec = '', ...args] = options.program
    this.#options = options
    const { config, processes } = options
    this.#config = config
    this.#listeners = new PoolListeners({ ...options, links: this.#links })
    this.#quota = new ConnectionQuota({ limits: config.settings.limits, processes })
    // Workers accept connections themselves.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    cluster.setupPrimary({ exec, args, serialization: 'advanced' })
    this.#life = setInterval(() => {
      options.guard.run('timer', () => {
        for (const link of this.#links) link.checkLife()
      })
    }, LIFE_CHECK_MS)
    options.log.onAppend(() => this.#pump())
    options.chain.onChange(() => this.#sendChain())
    options.announcedUrls?.onForget((urls) => {
      for (const link of this.#links) link.send({ kind: 'forget', urls })
    })
    if (options.startsLater === true) return
    for (let number = 1; number <= options.processes; number += 1) this.startWorker()
  }

  /** With `startsLater`, once for each process, when the log begins where it is to begin. */
  startWorker(): void {
    this.#fork()
  }

  /** How many workers share the clients. */
  get processes(): number {
    return this.#options.processes
  }

  /** Its workers, for an upgrade. */
  get links(): readonly WorkerLink[] {
    return this.#links
  }

  /** What an upgrade wants to know of the workers. */
  set mover(mover: PoolMover | undefined) {
    this.#mover = mover
  }

  async listen(connector: Connector): Promise<number> {
    return await this.#listeners.listen(connector)
  }

  /** Settles once every worker accepts clients. Throws `cannot-listen`. */
  async acceptEverywhere(): Promise<void> {
    await this.#listeners.acceptEverywhere()
  }

  replaceCertificates(certificates: readonly (TlsServer | undefined)[]): void {
    this.#listeners.replaceCertificates(certificates)
    for (const link of this.#links) link.send({ kind: 'certificates', certificates })
  }

  reload(settings: ReloadableSettings): void {
    const { limits, cors } = settings
    this.#config = { ...this.#config, cors, settings: { ...this.#config.settings, limits } }
    this.#quota.limits = limits
    for (const link of this.#links) link.send({ kind: 'reload', settings })
  }

  disconnectVanished(gone: readonly SocketEnds[]): void {
    for (const link of this.#links) link.send({ kind: 'vanished', gone })
  }

  refused(): Refusals {
    return sumOfRefusals(this.counts().map(({ refused }) => refused))
  }

  counts(): readonly ClientCounts[] {
    return this.#links.flatMap(({ counts }) => (counts === undefined ? [] : [counts]))
  }

  endGradually(): void {
    this.stopAccepting()
    for (const link of this.#links) link.send({ kind: 'end-gradually' })
  }

  /** No worker begins to accept from now on, and none is replaced. */
  stopAccepting(): void {
    this.#isEnding = true
    this.#listeners.stop()
    for (const pause of this.#pauses) clearTimeout(pause)
  }

  async close(withinMs: number): Promise<void> {
    this.stopAccepting()
    clearInterval(this.#life)
    await Promise.all(
      this.#links.map(async (link) => {
        link.end(withinMs)
        const deadline = setTimeout(() => link.worker.kill('SIGKILL'), 1.5 * withinMs)
        await ended(link.worker)
        clearTimeout(deadline)
      }),
    )
    this.#listeners.close()
  }

  #pump(): void {
    const { log, nowMs } = this.#options
    for (const link of this.#links) link.pump()
    // Until every worker has the new frames, the log may exceed its limits, up to twice their size.
    if (this.#links.every((link) => link.isUpToDate)) log.trim(nowMs())
  }

  #reportEnded(streams: readonly EndedStream[], dropped: number): void {
    const { onStreamEnd, logger } = this.#options
    for (const stream of streams) onStreamEnd?.(stream)
    if (dropped > 0)
      logger.warn({ dropped }, 'streams have ended without a line in the request log')
  }

  /** The worker gets the URLs to forget before the answer. */
  async #checkUrlsFor(link: WorkerLink): Promise<void> {
    await this.#options.guard.runAsync('worker', async () => await this.#options.checkUrls?.())
    link.send({ kind: 'urls-checked' })
  }

  #sendChain(): void {
    for (const link of this.#links) link.send({ kind: 'chain', chain: this.#options.chain.names })
  }

  #fork(): void {
    const { epoch, processes, log, announcedUrls, chain, guard, logger, nowMs } = this.#options
    const startedMs = nowMs()
    const forked = cluster.fork()
    const { process: worker } = forked
    logger.info({ pid: worker.pid }, 'worker started')
    const link = new WorkerLink({
      worker,
      log,
      isAnnounced: (url) => announcedUrls?.has(url) === true,
      start: () => [
        {
          kind: 'start',
          config: this.#config,
          epoch,
          predecessor: this.#options.predecessor,
          processes,
          firstNumber: log.tailNumber,
          firstPosition: log.tailPosition,
          lastId: log.frames === 0 ? log.lastId : undefined,
          announcedUrls: announcedUrls?.all() ?? [],
        },
        { kind: 'chain', chain: chain.names },
      ],
      onStarted: (started) => {
        this.#quota.add(started)
        this.#mover?.started?.(started)
      },
      onLeaving: (...report) => this.#mover?.leaving?.(...report),
      onArriving: (...report) => this.#mover?.arriving?.(...report),
      onQuotaMessage: (sender, message) => this.#quota.receive(sender, message),
      onCheckUrls: (sender) => void this.#checkUrlsFor(sender),
      onLoad: () => this.#listeners.balance(),
      onListens: () => this.#listeners.publish(),
      onCannotListen: (failure) => this.#listeners.afterFailure(worker, failure),
      guard,
      onStreamsEnded: (streams, dropped) => this.#reportEnded(streams, dropped),
      onException: (exception) => logException(logger, exception, worker.pid),
      onHandshakeFailure: (failure) => logHandshakeFailure(logger, failure),
      nowMs,
    })
    this.#links.push(link)
    const died = (code: number | null, signal: string | null): void => {
      this.#links.splice(this.#links.indexOf(link), 1)
      this.#quota.remove(link)
      this.#mover?.ended(link)
      this.#listeners.forgetClosed([link])
      if (this.#isEnding) return
      logger.error({ pid: worker.pid, code, signal }, 'a worker died')
      // The remaining workers may have stopped accepting.
      this.#listeners.balance()
      this.#replaceAfter(nowMs() - startedMs < YOUNG_MS ? PAUSE_MS : 0)
    }
    worker.once('exit', died)
    // A process that could not be created for want of files, memory or process ids emits no `exit`.
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

/**
 * Settles when the process has ended. Errors of its channel do not matter: a reply may fail while
 * it ends.
 */
async function ended(worker: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    worker.once('exit', () => resolve())
  })
}
