import type { ProxySettings } from '../config/config.ts'

/** How clients are shared out among processes. */
export interface WorkerPlan {
  /** 1 = no workers: one process does it all. */
  readonly processes: number
  /** Limits of each process. */
  readonly settings: ProxySettings
}

/**
 * As many processes as the wanted number of clients needs, each with an even share of the limits. `capacity` = clients that
 * one process can hold.
 */
export function planWorkers(settings: ProxySettings, capacity: number): WorkerPlan {
  const { limits, workers } = settings
  const needed = Math.max(1, Math.ceil(limits.maxConnections / capacity))
  const processes = workers === 'auto' ? needed : workers
  const share = (limit: number) => Math.ceil(limit / processes)
  return {
    processes,
    settings: {
      ...settings,
      limits: {
        ...limits,
        maxConnections: share(limits.maxConnections),
        maxPerAddress: share(limits.maxPerAddress),
        connectionsPerSecond: share(limits.connectionsPerSecond),
      },
    },
  }
}
