import type { ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'

import { logHandshakeFailure } from '../connector/log-handshake-failure.ts'
import { logException } from '../log-exception.ts'
import type { Connector } from '../config/connector.ts'
import { Deadline } from '../deadline.ts'
import { ProxyError } from '../errors.ts'
import { type Refusals, sumOfRefusals } from '../front/admission.ts'
import type { EndedStream } from '../log/ended-stream.ts'
import { PortTakenError } from '../listen.ts'
import { chooseListeners } from './balance.ts'
import type { ClientProcesses } from './client-processes.ts'
import { ListenPlaces } from './listen-places.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import type { ClientConfig, ClientCounts, ReloadableSettings } from './messages.ts'
import { ConnectionQuota } from './connection-quota.ts'
import type { SocketEnds } from './socket-table.ts'
import { type ListenFailure, WorkerLink } from './worker-link.ts'
import type { PoolMover, WorkerPoolOptions } from './worker-pool-options.ts'

const LIFE_CHECK_MS = 1000
/** A worker that dies this soon after its start is replaced after a pause, not at once. */
const YOUNG_MS = 5000
const PAUSE_MS = 1000
/**
 * Longest time until every worker accepts clients: longer than one worker and its replacement may
 * take to start.
 */
const LISTEN_MS = 90_000

/** A call of `listen` that waits for the workers. */
interface PendingListen {
  readonly succeed: () => void
  readonly fail: (error: ProxyError) => void
}

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
  readonly #connectors: Connector[] = []
  readonly #places: ListenPlaces
  readonly #quota: ConnectionQuota
  readonly #life: NodeJS.Timeout
  readonly #pauses = new Set<NodeJS.Timeout>()
  #pendingListen: PendingListen | undefined
  #mover: PoolMover | undefined
  /** Streams are ending: no worker begins to accept, and none is replaced. */
  #isEnding = false

  constructor(options: WorkerPoolOptions) {
    const [exec = '', ...args] = options.program
    this.#options = options
    const { config, processes } = options
    this.#config = config
    this.#places = new ListenPlaces({
      ...options,
      listenAt: async (connector) => await this.#listenAt(connector),
    })
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
    if (options.startsLater !== true) this.startWorkers()
  }

  /** Once, when the log begins where it is to begin. */
  startWorkers(): void {
    for (let index = 0; index < this.#options.processes; index += 1) this.#fork()
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
    return await this.#places.listen(connector)
  }

  replaceCertificates(certificates: readonly (TlsServer | undefined)[]): void {
    for (const [index, tls] of certificates.entries()) {
      const connector = this.#connectors[index]
      if (connector !== undefined && tls !== undefined) {
        this.#connectors[index] = { ...connector, tls }
      }
    }
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
    this.#places.close()
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

  /** Settles once every worker accepts clients at this connector and the earlier ones. */
  async #listenAt(connector: Connector): Promise<void> {
    this.#connectors.push(connector)
    try {
      await this.acceptEverywhere()
    } catch (error) {
      this.#connectors.pop()
      // Failures of the other workers are no longer awaited.
      for (const link of this.#links) link.listen([])
      throw error
    }
    this.#balance()
  }

  /** Settles once every worker accepts clients. Throws `cannot-listen`. */
  async acceptEverywhere(): Promise<void> {
    const tooLate = `not every worker accepts clients after ${LISTEN_MS} ms: see the log`
    const deadline = new Deadline(LISTEN_MS, this.#options.nowMs, () => {
      this.#pendingListen?.fail(new ProxyError('cannot-listen', tooLate))
    })
    try {
      await new Promise<void>((succeed, fail) => {
        this.#pendingListen = { succeed, fail }
        this.#balance()
      })
    } finally {
      deadline.clear()
      this.#pendingListen = undefined
    }
  }

  #balance(): void {
    if (this.#isEnding) return
    this.#forgetClosed(this.#links.filter(({ worker }) => !worker.connected))
    const able = this.#links.filter(({ hasCaughtUp }) => hasCaughtUp)
    // Clients may connect before the last worker listens: no worker stops accepting until all have
    // been seen to accept.
    const chosen =
      this.#pendingListen === undefined
        ? chooseListeners(able.map(({ load }) => load))
        : able.map(() => true)
    const accepting = able.filter((_link, index) => chosen[index])
    for (const link of accepting) link.listen(this.#connectors)
    // Not before another worker accepts: when the last listener closes, the kernel resets the
    // connections in its queue.
    if (accepting.some((link) => link.acceptsAt(this.#connectors.length))) {
      for (const link of able) if (!accepting.includes(link)) link.listen([])
    }
    const ready = this.#links.filter((link) => link.acceptsAt(this.#connectors.length))
    if (ready.length >= this.#options.processes) this.#pendingListen?.succeed()
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
      onLoad: () => this.#balance(),
      onListens: () => this.#places.publish(),
      onCannotListen: (failure) => this.#afterListenFailure(worker, failure),
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
      this.#forgetClosed([link])
      if (this.#isEnding) return
      logger.error({ pid: worker.pid, code, signal }, 'a worker died')
      // The remaining workers may have stopped accepting.
      this.#balance()
      this.#replaceAfter(nowMs() - startedMs < YOUNG_MS ? PAUSE_MS : 0)
    }
    worker.once('exit', died)
    // A process that could not be created for want of files, memory or process ids emits no `exit`.
    forked.on('error', (error) => {
      if (worker.pid === undefined) died(null, error.message)
    })
  }

  /** When the last listener has ended, the system has closed the sockets that this process was given. */
  #forgetClosed(gone: readonly WorkerLink[]): void {
    const present = this.#links.filter(({ worker }) => worker.connected)
    if (!gone.some(isListening) || present.some(isListening)) return
    for (const [index, connector] of this.#connectors.entries()) {
      this.#connectors[index] = { ...connector, fd: undefined }
    }
  }

  #afterListenFailure(worker: ChildProcess, { reason, isPortTaken }: ListenFailure): void {
    if (this.#pendingListen === undefined) {
      this.#options.logger.error({ pid: worker.pid, reason }, 'a worker cannot accept clients')
      worker.kill('SIGKILL')
    } else if (isPortTaken) {
      this.#pendingListen.fail(new PortTakenError(reason))
    } else {
      this.#pendingListen.fail(new ProxyError('cannot-listen', reason))
    }
  }

  #replaceAfter(pauseMs: number): void {
    const pause = setTimeout(() => {
      this.#pauses.delete(pause)
      this.#fork()
    }, pauseMs)
    this.#pauses.add(pause)
  }
}

function isListening({ load }: WorkerLink): boolean {
  return load.isListening
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
