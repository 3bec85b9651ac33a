import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Config } from '../config/config.ts'
import { logHandshakeFailure } from '../connector/log-handshake-failure.ts'
import type { EndedStream } from '../log/ended-stream.ts'
import type { RequestLog } from '../log/request-log.ts'
import { logException } from '../log-exception.ts'
import type { BackEndSide } from './back-end-side.ts'
import type { ClientProcesses } from './client-processes.ts'
import { ClientSide } from './client-side.ts'
import { lagMs } from './event-memory.ts'
import { clientCapacity } from './file-limit.ts'
import type { ClientConfig } from './messages.ts'
import { countProcesses } from './worker-plan.ts'
import { counted } from '../counted.ts'

interface ClientsOptions {
  readonly config: Config
  readonly source: BackEndSide
  readonly epoch: string
  readonly guard: BoundaryGuard
  readonly logger: Logger
  readonly workerProgram: readonly string[]
  readonly requestLog: RequestLog | undefined
  /** Whether workers wait for the log of another process. */
  readonly startsLater: boolean
  readonly nowMs: () => number
}

/**
 * This process serves clients if one is enough. Otherwise workers do, and this one has the back
 * ends.
 */
export async function createClients({
  config: { cors, settings },
  source,
  epoch,
  guard,
  logger,
  workerProgram,
  requestLog,
  startsLater,
  nowMs,
}: ClientsOptions): Promise<ClientProcesses> {
  const capacity = clientCapacity()
  const processes = countProcesses(settings, capacity)
  const { maxConnections } = settings.limits
  const holds = processes * capacity
  const maxClients = maxConnections === 0 ? holds : Math.min(maxConnections, holds)
  logger.info(
    { maxClients, processes, clientsPerProcess: capacity, maxConnections },
    `serving at most ${counted(maxClients, 'client')}: the limit of open files allows ${capacity} per process`,
  )
  const onStreamEnd =
    requestLog === undefined ? undefined : (stream: EndedStream) => requestLog.add(stream)
  const { log, announcedUrls, chain } = source
  const checkUrls = async (): Promise<void> => await source.checkUrls()
  const client: ClientConfig = { cors, settings, logsRequests: requestLog !== undefined }
  if (processes === 1) {
    return new ClientSide({
      config: client,
      log,
      announcedUrls,
      checkUrls,
      chain: () => chain.names,
      lagMs: lagMs(client, false),
      onStreamEnd,
      onException: (exception) => logException(logger, exception, process.pid),
      onHandshakeFailure: (failure) => logHandshakeFailure(logger, failure),
      nowMs,
    })
  }
  const { WorkerPool } = await import('./worker-pool.ts')
  return new WorkerPool({
    config: client,
    processes,
    program: workerProgram,
    epoch,
    predecessor: source.predecessor,
    log,
    announcedUrls,
    checkUrls,
    chain,
    guard,
    logger,
    onStreamEnd,
    startsLater,
    nowMs,
  })
}
