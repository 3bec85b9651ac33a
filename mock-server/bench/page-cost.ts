import { Durations } from './durations.ts'
import { send } from './http-client.ts'
import type { StoreProcess } from './store-process.ts'

/** A page of a log, and how it is requested. */
export interface PageKind {
  readonly name: string
  readonly path: string
  /** Uses another host name each time, so that nothing is cached. */
  readonly isAlwaysNew: boolean
}

/** Cost of one response. */
export interface PageCost {
  readonly durations: Durations
  /**
   * Processor time of the store for one response, median of the rounds; NaN when it cannot be read.
   */
  readonly cpuMs: number
}

const ROUNDS = 5
const REQUESTS_PER_ROUND = 500
const WARM_UP_REQUESTS = 300

/** Requests each kind of page in turn, one request at a time, on an idle store. */
export async function costOfPages(
  store: StoreProcess,
  kinds: readonly PageKind[],
): Promise<ReadonlyMap<string, PageCost>> {
  const durations = new Map(kinds.map(({ name }) => [name, new Durations()]))
  const cpu = new Map(kinds.map(({ name }) => [name, new Durations()]))
  for (const kind of kinds) await ask(store, kind, WARM_UP_REQUESTS, new Durations())
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of kinds) {
      const before = store.cpuMs() ?? Number.NaN
      await ask(store, kind, REQUESTS_PER_ROUND, durations.get(kind.name) ?? new Durations())
      const tookMs = (store.cpuMs() ?? Number.NaN) - before
      cpu.get(kind.name)?.add(tookMs / REQUESTS_PER_ROUND)
    }
  }
  return new Map(
    [...durations].map(([name, times]) => [
      name,
      { durations: times, cpuMs: cpu.get(name)?.quantileMs(0.5) ?? Number.NaN },
    ]),
  )
}

let hosts = 0

async function ask(
  { url }: StoreProcess,
  { path, isAlwaysNew }: PageKind,
  requests: number,
  durations: Durations,
): Promise<void> {
  for (let n = 0; n < requests; n += 1) {
    hosts += 1
    const headers = isAlwaysNew ? { host: `host-${hosts}.test` } : {}
    await durations.time(async () => await send('GET', url + path, { headers }))
  }
}
