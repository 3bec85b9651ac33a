import type { Logger } from 'pino'

import { createAdminServer } from './admin/admin-server.ts'
import type { Config, Connector } from './config/config.ts'
import { listenOn } from './listen.ts'
import { BackEndSide } from './process/back-end-side.ts'
import { ClientSide } from './process/client-side.ts'
import { clientCapacity } from './process/file-limit.ts'

/** A proxy that accepts clients. */
export interface RunningProxy {
  /** Of the first application connector, and of the first admin connector. */
  readonly url: string
  readonly adminUrl: string
  /** Ends every stream and connection; settles within a second whatever the clients do. */
  readonly close: () => Promise<void>
}

/** Time that clients have to take their last bytes at shutdown. */
const CLOSE_MS = 500

/** Not the time of day: a clock that jumps ends no stream. */
const nowMs = (): number => performance.now()

/** Starts a proxy in this process. Throws `cannot-listen`; a back end that is away is no reason not to start. */
export async function startProxy(config: Config, logger: Logger): Promise<RunningProxy> {
  const source = new BackEndSide({
    config,
    logger,
    epoch: newEpoch(),
    onAppend: () => clients.hub.wake(),
    nowMs,
  })
  const clients = new ClientSide({
    config,
    log: source.log,
    pointers: source.pointers,
    capacity: clientCapacity(),
    chain: () => source.chain(),
    nowMs,
  })
  const admins = config.adminConnectors.map((connector) => ({
    connector,
    server: createAdminServer({ backEnds: source.backEnds, nowMs }),
  }))
  const close = async (): Promise<void> => {
    source.close()
    for (const { server } of admins) {
      server.close()
      server.closeAllConnections()
    }
    await clients.close(CLOSE_MS)
  }

  try {
    const urls: string[] = []
    for (const connector of config.applicationConnectors) {
      urls.push(urlOf(connector, await clients.listen(connector.host, connector.port)))
    }
    const adminUrls: string[] = []
    for (const { connector, server } of admins) {
      adminUrls.push(urlOf(connector, await listenOn(server, connector)))
    }
    source.start()
    logger.info({ urls, adminUrls }, 'listening')
    return { url: urls[0] ?? '', adminUrl: adminUrls[0] ?? '', close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Unlike that of any other run or host, and later runs have later ones [protocol §5.7]. */
function newEpoch(): string {
  const chance = Math.floor(Math.random() * 36 ** 4)
  return Date.now().toString(36) + chance.toString(36).padStart(4, '0')
}

function urlOf({ host }: Connector, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
