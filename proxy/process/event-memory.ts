import { type EventIds, OwnIds, UpstreamIds } from '../fanout/event-ids.ts'
import { Pointers } from '../fanout/pointers.ts'
import type { ClientConfig } from './messages.ts'

/** How the configuration has events named; the same in every process that shares the epoch. */
export function eventIds({ settings }: ClientConfig, epoch: string): EventIds {
  return settings.replay.ids === 'proxy' ? new OwnIds(epoch) : new UpstreamIds()
}

/** Room for what clients are announced after a gap; undefined when they are not. */
export function rememberedPointers({ settings }: ClientConfig): Pointers | undefined {
  const { mode, maxPointers } = settings.resync
  return mode === 'announce' ? new Pointers(maxPointers) : undefined
}
