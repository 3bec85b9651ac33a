import { FIGURES } from './figures.ts'
import type { Demand, Size } from './size-of.ts'

const SECONDS = 600
/** Parents of a tree are a row, too: one more reader, and one more Redis. */
const HOP_MS = 1

export interface Simulated {
  /** From an event of the back end until the last client has it, in ms. */
  readonly p50: number
  readonly p99: number
}

/**
 * Lets events come at random times and pass through the structure: the reader, Redis, which serves
 * one proxy after the other, and the slowest proxy, whose cores write to one client after the other.
 * Each of them has a queue. `random` returns numbers from 0 to 1, below 1.
 */
export function simulate(size: Size, demand: Demand, random: () => number): Simulated {
  const { eventsPerSecond, machine } = demand
  const { deliveryMicros, engineMicros, appendMs } = FIGURES
  const perRow = size.rows === 0 ? 0 : Math.ceil(size.proxies / size.rows)
  const engine = new Queue((perRow * engineMicros) / 1000)
  const parents = new Queue((size.rows * engineMicros) / 1000)
  const proxy = new Queue((size.clientsPerProxy * deliveryMicros) / 1000 / machine.cores)
  const delays: number[] = []
  let nowMs = 0
  while (nowMs < SECONDS * 1000) {
    nowMs += (-Math.log(1 - random()) * 1000) / eventsPerSecond
    let atMs = nowMs
    if (size.kind === 'a tree') atMs = parents.pass(atMs + appendMs) + HOP_MS
    if (size.kind !== 'one proxy') atMs = engine.pass(atMs + appendMs) + HOP_MS
    delays.push(proxy.pass(atMs) - nowMs)
  }
  const sorted = delays.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

/** Serves one event after the other, each for the same time. */
class Queue {
  readonly #serviceMs: number
  #freeAtMs = 0

  constructor(serviceMs: number) {
    this.#serviceMs = serviceMs
  }

  /** When an event that comes at this time has been served. */
  pass(atMs: number): number {
    this.#freeAtMs = Math.max(atMs, this.#freeAtMs) + this.#serviceMs
    return this.#freeAtMs
  }
}
