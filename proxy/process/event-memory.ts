import { AnnouncedUrls } from '../fanout/announced-urls.ts'
import { type EventIds, OwnIds, UpstreamIds } from '../fanout/event-ids.ts'
import type { ClientConfig } from './messages.ts'

/**
 * How far the logs of two workers may be apart. A client that moves from one to the other must not
 * get `unknown`.
 */
const WORKER_LAG_MS = 250
/** The same for two proxies of a row. */
const ROW_LAG_MS = 1000

/** How long a client waits whose last event may be in another log only: 0 = there is no other. */
export function lagMs({ settings }: ClientConfig, isWorker: boolean): number {
  if (settings.engine !== undefined) return ROW_LAG_MS
  return isWorker ? WORKER_LAG_MS : 0
}

/** The ids of events as configured; the same in every process that shares the epoch. */
export function eventIds(
  { settings }: ClientConfig,
  epoch: string,
  predecessor: string | undefined,
): EventIds {
  // In a row, frames have the ids of the shared log already.
  const isOwn = settings.replay.ids === 'proxy' && settings.engine === undefined
  return isOwn ? new OwnIds(epoch, predecessor) : new UpstreamIds()
}

/**
 * The record of URLs that are announced again after a gap; undefined when the configuration wants
 * none.
 */
export function createAnnouncedUrls({ settings }: ClientConfig): AnnouncedUrls | undefined {
  const { mode, maxPointers } = settings.resync
  return mode !== 'off' ? new AnnouncedUrls(maxPointers) : undefined
}
