import { FIGURES, HEADROOM, type Machine } from './figures.ts'

export interface Demand {
  readonly clients: number
  /** Of all back ends together, at the busiest time. */
  readonly eventsPerSecond: number
  readonly machine: Machine
}

export interface Size {
  readonly kind: 'one proxy' | 'a row' | 'a tree'
  /** Proxies that have clients, with one more than is needed: one may fail. */
  readonly proxies: number
  /** Rows that these proxies are in, each with its own Redis. */
  readonly rows: number
  readonly clientsPerProxy: number
  /** Connections to each back end. */
  readonly storeConnections: number
  /** Part of one core that the busiest Redis uses. */
  readonly engineLoad: number
  /** Bits per second to all clients. */
  readonly bitsPerSecond: number
}

/** How many clients one machine serves. Each process has a core, and its limit of open files. */
export function clientsPerMachine({ eventsPerSecond, machine }: Omit<Demand, 'clients'>): number {
  const { cores, memoryGiB, files } = machine
  const { deliveryMicros, clientBytes, proxyBytes } = FIGURES
  const byProcessor = (HEADROOM * cores * 1e6) / (deliveryMicros * eventsPerSecond)
  const byMemory = (HEADROOM * memoryGiB * 1024 ** 3 - cores * proxyBytes) / clientBytes
  const byFiles = cores * (files - 500)
  return Math.floor(Math.max(0, Math.min(byProcessor, byMemory, byFiles)))
}

/** The smallest structure of equal machines that serves this demand, also without one of them. */
export function sizeOf(demand: Demand): Size {
  const { clients, eventsPerSecond } = demand
  const most = clientsPerMachine(demand)
  if (most === 0) throw new Error('no machine of this size serves a client: take larger ones')
  const needed = Math.ceil(clients / most)
  // One machine is enough, and may fail: clients then wait for its restart.
  const proxies = needed === 1 ? 1 : needed + 1
  const mostInRow = Math.floor((HEADROOM * 1e6) / (FIGURES.engineMicros * eventsPerSecond))
  const rows = proxies === 1 ? 0 : Math.ceil(proxies / mostInRow)
  return {
    kind: rows === 0 ? 'one proxy' : rows === 1 ? 'a row' : 'a tree',
    proxies,
    rows,
    clientsPerProxy: Math.ceil(clients / needed),
    storeConnections: 1,
    engineLoad:
      rows === 0 ? 0 : (Math.ceil(proxies / rows) * FIGURES.engineMicros * eventsPerSecond) / 1e6,
    bitsPerSecond: clients * eventsPerSecond * FIGURES.eventBytes * 8,
  }
}
