import { AnnouncedUrls } from '../fanout/announced-urls.ts'
import { type EventIds, OwnIds, UpstreamIds } from '../fanout/event-ids.ts'
import type { ClientConfig } from './messages.ts'

/** The ids of events as configured; the same in every process that shares the epoch. */
export function eventIds(
  { settings }: ClientConfig,
  epoch: string,
  predecessor: string | undefined,
): EventIds {
  return settings.replay.ids === 'proxy' ? new OwnIds(epoch, predecessor) : new UpstreamIds()
}

/**
 * The record of URLs that are announced again after a gap; undefined when the configuration wants
 * none.
 */
export function createAnnouncedUrls({ settings }: ClientConfig): AnnouncedUrls | undefined {
  const { mode, maxPointers } = settings.resync
  return mode !== 'off' ? new AnnouncedUrls(maxPointers) : undefined
}
