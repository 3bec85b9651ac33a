import { z } from 'zod'

import type { Contestant } from './contestants.ts'
import { Talker } from './lines.ts'

export interface CrowdOptions {
  readonly fleet: string
  readonly clients: number
  /** Core to run on; undefined = any. */
  readonly cpu: number | undefined
  /** Of how many events one is timed. */
  readonly every?: number
}

/** What one process of clients may hold open. */
const CLIENTS_PER_PROCESS = 14_000
/** Source addresses 127.0.0.N. */
const FIRST_SOURCE = 2
const SOURCES_PER_PROCESS = 4
const CONNECT_MS = 120_000
const latencies = z.array(z.number())

/** Many clients of one contestant, in as many processes as their files ask for. */
export class Crowd implements AsyncDisposable {
  readonly #talkers: readonly Talker[]

  constructor({ addresses, path }: Contestant, { fleet, clients, cpu, every = 1 }: CrowdOptions) {
    const processes = Math.ceil(clients / CLIENTS_PER_PROCESS)
    const share = clients / processes
    if (!Number.isInteger(share)) throw new Error(`${clients} clients do not share out evenly`)
    this.#talkers = Array.from({ length: processes }, (_, index) => {
      const source = FIRST_SOURCE + SOURCES_PER_PROCESS * index
      const address = addresses[index % addresses.length] ?? ''
      const args = ['clients', address, share, path, every, source].map(String)
      return new Talker(fleet, args, cpu)
    })
  }

  /** Waits until all have a stream; answers how long that took, in ms. */
  async connected(): Promise<number> {
    const reports = await this.#hear('connected', 1, CONNECT_MS)
    return Math.max(...reports.map((report) => z.number().parse(report['ms'])))
  }

  /** Waits for the event of this number, from 1, and answers how long it took to each client, in ms, sorted. */
  async event(number: number): Promise<readonly number[]> {
    const reports = await this.#hear('event', number)
    return reports.flatMap((report) => latencies.parse(report['ms'])).toSorted((a, b) => a - b)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#talkers.map((talker) => talker[Symbol.asyncDispose]()))
  }

  async #hear(kind: string, count: number, withinMs?: number) {
    return await Promise.all(this.#talkers.map((talker) => talker.hear(kind, count, withinMs)))
  }
}
