import type { Logger } from 'pino'

import { BoundaryGuard } from './boundary-guard.ts'
import { createAdminServer, replaceCertificate } from './admin/admin-server.ts'
import { Readiness } from './admin/readiness.ts'
import type { Config } from './config/config.ts'
import { Certificates } from './connector/certificates.ts'
import { type Connector, isSecure, placeOf } from './config/connector.ts'
import { AllLevels } from './log/all-levels.ts'
import { newEpoch } from './epoch.ts'
import { BACK_END_LOGGER } from './log/log-event.ts'
import { RefusalReport } from './log/refusal-report.ts'
import { RequestLog } from './log/request-log.ts'
import { logException } from './log-exception.ts'
import { type Listener, openListener } from './listener.ts'
import { BackEndSide } from './process/back-end-side.ts'
import { createClients } from './process/create-clients.ts'
import { drain } from './process/drain.ts'
import { VanishedWatch } from './process/vanished-watch.ts'
import { RunningClock } from './running-clock.ts'
import { HandedListeners, openListeners } from './upgrade/handed-listeners.ts'
import type { Heritage } from './upgrade/heritage.ts'
import { Takeover } from './upgrade/takeover.ts'
import { UpgradeTally } from './upgrade/upgrade-tally.ts'
import type { UpgradeParts, UpgradeTask } from './upgrade/upgrader.ts'
import { unlessStopped } from './unless-stopped.ts'

/** A proxy that accepts clients. */
export interface RunningProxy {
  /** URL of the first application connector, and of the first admin connector. */
  readonly url: string
  readonly adminUrl: string
  /**
   * Before `close`: is not ready any more, serves clients for `drainMs`, then ends streams over
   * `returnSpreadMs`. Settles after that, or as soon as `hurry` is aborted.
   */
  readonly drain: (hurry?: AbortSignal) => Promise<void>
  /**
   * Reads all key stores again, for new connections. If one cannot be used, all certificates stay,
   * the log has the reason, and the result is false.
   */
  readonly replaceCertificates: () => boolean
  /**
   * Takes over back ends, CORS, limits, log levels and certificates of this configuration, whose
   * connectors are where those of the proxy are. No stream ends.
   */
  readonly reload: (config: Config) => void
  /** Ends every stream and connection; settles within a second. */
  readonly close: () => Promise<void>
}

/**
 * A client has vanished when it has not answered for this part of `stallMs`. Including heartbeat
 * and checks that is within a minute.
 */
const SILENT_PART = 2 / 3

const NOT_UPGRADABLE = { isDone: false, text: 'this process does not upgrade itself' }
const NEVER = new AbortController().signal

/** Time that the request log has for the last streams, whose disk may be full. */
const FLUSH_MS = 200

/** Time that clients have to read their last bytes at shutdown. */
const CLOSE_MS = 500

/**
 * Starts a proxy. `workerProgram` = file and arguments of a process that calls `runWorker`. Throws
 * `cannot-listen`, or `stopped` when `stop` is aborted before it listens. It starts also when a
 * back end cannot be reached.
 */
export async function startProxy(
  config: Config,
  logger: Logger,
  workerProgram: readonly string[],
  stop: AbortSignal = NEVER,
): Promise<RunningProxy> {
  return (await startUpgradable({ config, logger, workerProgram, stop })).proxy
}

export interface UpgradableOptions {
  readonly config: Config
  readonly logger: Logger
  readonly workerProgram: readonly string[]
  readonly stop: AbortSignal
  /** What it takes over from another process; default: nothing. */
  readonly heritage?: Heritage | undefined
}

/** Like `startProxy`; `parts` is what a new process can take over later. */
export async function startUpgradable({
  config,
  logger,
  workerProgram,
  stop,
  heritage,
}: UpgradableOptions): Promise<{ readonly proxy: RunningProxy; readonly parts: UpgradeParts }> {
  const epoch = heritage?.hello.epoch ?? newEpoch()
  const tally = new UpgradeTally(() => heritage?.counts)
  let upgrade: UpgradeTask | undefined
  // A clock without jumps: a change of the time of day must not end streams.
  const clock = new RunningClock()
  const { nowMs } = clock
  const guard = new BoundaryGuard({
    log: (exception) => logException(logger, exception, process.pid),
    nowMs,
  })
  const backEndLogger = logger.child({ logger: BACK_END_LOGGER })
  // A program that uses the proxy as a library has a level of its own.
  const hasLevelOfFile = logger.level === config.logLevel
  if (hasLevelOfFile) backEndLogger.level = config.backEndLogLevel
  const requestLog =
    config.requestLogAppenders.length === 0
      ? undefined
      : await RequestLog.open(config.requestLogAppenders)
  const source = new BackEndSide({
    config,
    logger: backEndLogger,
    guard,
    epoch,
    predecessor: heritage?.hello.predecessor,
    nowMs,
  })
  const clients = await createClients({
    config,
    source,
    epoch,
    guard,
    logger,
    workerProgram,
    requestLog,
    startsLater: heritage !== undefined,
    nowMs,
  })
  const refusals = new RefusalReport(() => clients.refused(), logger, guard)
  const readiness = new Readiness(
    () => source.backEnds,
    () => source.row?.state,
  )
  const certificates = new Certificates({
    ...config,
    checkMs: config.settings.certificateCheckMs,
    onReplaced: (application, admin) => {
      clients.replaceCertificates(application)
      for (const [index, tls] of admin.entries()) replaceCertificate(admins[index]?.server, tls)
    },
    guard,
    logger,
  })
  const admins = config.adminConnectors.map((connector) => ({
    connector,
    server: createAdminServer({
      settings: config.settings.admin,
      connector,
      contextPath: config.adminContextPath,
      connectors: () => certificates.connectors,
      get backEnds() {
        return source.backEnds
      },
      log: source.log,
      row: () => source.row?.state,
      ingest: source.ingest,
      guard,
      clients: () => clients.counts(),
      logger: new AllLevels([logger, backEndLogger]),
      readiness,
      upgrades: () => tally.counts,
      upgrade: async () => await (upgrade?.() ?? NOT_UPGRADABLE),
      nowMs,
    }),
  }))
  const listeners: Listener[] = []
  let vanished: VanishedWatch | undefined
  const close = async (): Promise<void> => {
    const left = source.close()
    vanished?.close()
    certificates.close()
    for (const listener of listeners) listener.stop()
    for (const { server } of admins) server.closeAllConnections()
    refusals.close()
    await clients.close(CLOSE_MS)
    await left
    await requestLog?.close(FLUSH_MS)
    clock.close()
  }

  try {
    const handed = new HandedListeners(heritage?.hello)
    const takeover =
      heritage === undefined
        ? undefined
        : await Takeover.begin({ heritage, config, source, clients, stop, guard, logger, nowMs })
    await takeover?.prepare()
    const bound: Connector[] = []
    for (const { connector, server } of admins) {
      const listener = await openListener(server, handed.admin(connector), connector.acceptQueue)
      listeners.push(listener)
      bound.push({ ...connector, port: listener.port })
    }
    const adminUrls = bound.map(urlOf)
    const { adminContextPath: contextPath, sharesConnector } = config
    const [admin] = sharesConnector ? bound.map(({ port }) => ({ contextPath, port })) : []
    // A client that comes before the log of the row would get all of it.
    await unlessStopped(stop, source.join())
    const ports: number[] = []
    for (const connector of config.applicationConnectors.map((one) => handed.application(one))) {
      const listening = clients.listen(admin === undefined ? connector : { ...connector, admin })
      ports.push(await unlessStopped(stop, listening))
    }
    const urls = config.applicationConnectors.map((connector, index) =>
      urlOf({ ...connector, port: ports[index] ?? connector.port }),
    )
    handed.closeUnused()
    if (takeover === undefined) source.start()
    else await takeover.complete()
    vanished = new VanishedWatch({
      // Peers of Unix sockets do not vanish: the kernel closes the sockets of a process that ends.
      ports: ports.filter((port) => port !== 0),
      goneMs: SILENT_PART * config.settings.stallMs,
      onGone: (gone) => clients.disconnectVanished(gone),
      guard,
      logger,
      nowMs,
    })
    logger.info({ urls, adminUrls }, 'listening')
    const { settings } = config
    const proxy: RunningProxy = {
      url: urls[0] ?? '',
      adminUrl: adminUrls[0] ?? '',
      drain: (hurry = NEVER) => drain({ settings, readiness, clients, logger }, hurry),
      replaceCertificates: () => certificates.replace(),
      reload: (next) => {
        if (hasLevelOfFile) logger.level = next.logLevel
        if (hasLevelOfFile) backEndLogger.level = next.backEndLogLevel
        clients.reload({ cors: next.cors, limits: next.settings.limits })
        certificates.reload(next.applicationConnectors, next.adminConnectors)
        source.reload(next.backEnds)
      },
      close,
    }
    const parts: UpgradeParts = {
      epoch,
      source,
      clients,
      isInRow: config.engine !== undefined,
      hasUnixSockets: [...config.applicationConnectors, ...config.adminConnectors].some(
        ({ socket }) => socket !== undefined,
      ),
      settings,
      listeners: (descriptors) => ({
        application: openListeners(config.applicationConnectors, ports, descriptors),
        admin: openListeners(
          config.adminConnectors,
          bound.map(({ port }) => port),
          listeners.map(({ descriptor }) => descriptor),
        ),
      }),
      stopAccepting: () => {
        clients.stopAccepting()
        for (const listener of listeners) listener.stop()
      },
      onTask: (task) => (upgrade = task),
      tally,
      nowMs,
    }
    return { proxy, parts }
  } catch (error) {
    await close()
    throw error
  }
}

/** `http://127.0.0.1:9080`, or `unix:/run/sse-proxy/clients.sock` */
function urlOf(connector: Connector): string {
  const place = placeOf(connector)
  if (connector.socket !== undefined) return place
  return `${isSecure(connector.type) ? 'https' : 'http'}://${place}`
}
