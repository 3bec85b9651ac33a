import { setTimeout as pause } from 'node:timers/promises'

import type { Logger } from 'pino'

import type { Readiness } from '../admin/readiness.ts'
import type { ProxySettings } from '../config/settings.ts'
import type { ClientProcesses } from './client-processes.ts'

export interface DrainOptions {
  readonly settings: Pick<ProxySettings, 'drainMs' | 'returnSpreadMs'>
  readonly readiness: Readiness
  readonly clients: ClientProcesses
  readonly logger: Logger
}

/** How long streams may end later than planned, and how often that is looked at. */
const LATE_MS = 5000
const LOOK_MS = 100

/**
 * Prepares for the end of the proxy. For `drainMs` it is not ready, so that balancers take other
 * proxies for new clients, and serves all that come nevertheless. Then streams end over
 * `returnSpreadMs`. Settles when that is over, or as soon as `hurry` is aborted; never rejects.
 */
export async function drain(options: DrainOptions, hurry: AbortSignal): Promise<void> {
  const { settings, readiness, clients, logger } = options
  const { drainMs, returnSpreadMs } = settings
  if (drainMs === 0) return
  readiness.leave()
  logger.info({ drainMs }, 'draining: not ready any more, clients are still served')
  await pauseUnless(hurry, drainMs)
  if (hurry.aborted) return
  logger.info({ returnSpreadMs }, 'ending the streams')
  clients.endGradually()
  await pauseUnless(hurry, returnSpreadMs)
  // Workers on a busy machine are late, and report their clients once a second.
  for (let waitedMs = 0; waitedMs < LATE_MS && !hurry.aborted; waitedMs += LOOK_MS) {
    if (clients.counts().every((process) => process.clients === 0)) return
    await pauseUnless(hurry, LOOK_MS)
  }
}

async function pauseUnless(hurry: AbortSignal, ms: number): Promise<void> {
  await pause(ms, undefined, { signal: hurry }).catch(ignore)
}

function ignore(): void {}
