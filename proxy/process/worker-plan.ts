import type { ProxySettings } from '../config/settings.ts'

/**
 * How many processes serve clients: as many as the wanted number of clients needs. 1 = no workers,
 * one process does it all. `capacity` = clients that one process can hold.
 */
export function countProcesses({ limits, workers }: ProxySettings, capacity: number): number {
  if (workers !== 'auto') return workers
  return Math.max(1, Math.ceil(limits.maxConnections / capacity))
}
