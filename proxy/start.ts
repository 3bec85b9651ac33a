import type { Logger } from 'pino'

import { createAdminServer } from './admin/admin-server.ts'
import { BackEnd, type BackEndState } from './backend/back-end.ts'
import { Backoff } from './backend/backoff.ts'
import type { Config, Connector } from './config/config.ts'
import { FrameLog } from './fanout/frame-log.ts'
import { Hub } from './fanout/hub.ts'
import { Cors } from './front/cors.ts'
import { Front } from './front/front.ts'
import { ResponseHeads } from './front/response-heads.ts'
import { listenOn } from './listen.ts'

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
  const { settings } = config
  const log = new FrameLog({ limits: settings.replay, epoch: newEpoch() })
  const hub = new Hub({ ...settings, log, nowMs })
  const cors = new Cors(config.cors)
  const heads = new ResponseHeads({ cors, nowMs: Date.now })
  const front = new Front({ ...settings, hub, cors, heads })
  const backEnds = config.backEnds.map(
    (target) =>
      new BackEnd({
        target,
        limits: { ...settings.backEnd, maxFrameBytes: settings.maxFrameBytes },
        backoff: new Backoff({
          firstMs: settings.backEnd.reconnectFirstMs,
          capMs: settings.backEnd.reconnectCapMs,
          jitter: settings.backEnd.reconnectJitter,
          random: Math.random,
        }),
        onFrame: (frame) => {
          log.append(frame, nowMs())
          hub.wake()
        },
        onChange: (state) => report(state, target.uri, logger),
        nowMs,
      }),
  )
  const admins = config.adminConnectors.map((connector) => ({
    connector,
    server: createAdminServer({ backEnds, nowMs }),
  }))
  const sweeper = setInterval(() => void hub.sweep(), hub.sweepMs)

  const close = async (): Promise<void> => {
    clearInterval(sweeper)
    front.close()
    for (const backEnd of backEnds) backEnd.close()
    for (const { server } of admins) {
      server.close()
      server.closeAllConnections()
    }
    await hub.close(CLOSE_MS)
  }

  try {
    const urls: string[] = []
    for (const connector of config.applicationConnectors) {
      urls.push(urlOf(connector, await front.listen(connector.host, connector.port)))
    }
    const adminUrls: string[] = []
    for (const { connector, server } of admins) {
      adminUrls.push(urlOf(connector, await listenOn(server, connector)))
    }
    for (const backEnd of backEnds) backEnd.start()
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

function report(state: BackEndState, uri: URL, logger: Logger): void {
  switch (state.state) {
    case 'open':
      logger.info({ backEnd: uri.href }, 'back end connected')
      return
    case 'waiting':
      logger.warn(
        { backEnd: uri.href, code: state.error.code, retryInMs: state.retryInMs },
        `back end: ${state.error.message}`,
      )
      return
    case 'connecting':
    case 'closed':
      logger.debug({ backEnd: uri.href }, `back end ${state.state}`)
  }
}
