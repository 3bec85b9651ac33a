import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { send } from './http-client.ts'
import type { LoadOptions } from './store-load.ts'
import { loadStore, newestPrevious } from './store-load.ts'
import type { StoreProcess } from './store-process.ts'

/** A store of the comparison, and the items that it was filled with. */
export interface ComparedStore {
  readonly name: string
  readonly store: StoreProcess
  readonly itemIds: readonly number[]
}

export interface AgainstOptions extends Omit<LoadOptions, 'itemIds'> {
  readonly rounds: number
}

/** One thing whose processor time is compared, and how often it is done in one round. */
interface Step {
  readonly name: string
  readonly count: number
  readonly run: (contestant: ComparedStore, nth: number) => Promise<unknown>
}

/** Processor time in ms per round. */
type Costs = ReadonlyMap<ComparedStore, ReadonlyMap<string, readonly number[]>>

/** Host names that no page was rendered for. */
let hosts = 0

/**
 * The main program of the store in another checkout of this repository. Throws when there is none.
 */
export function storeScriptAt(checkout: string): string {
  const script = resolve(checkout, 'mock-server/main.ts')
  if (existsSync(script) && existsSync(join(resolve(checkout), 'node_modules'))) return script
  throw new Error(
    `--against: expected another checkout of this repository with mock-server/main.ts and node_modules, got ${checkout}`,
  )
}

/**
 * Measures both stores in turn, in one order and then in the other, and prints processor times with
 * the ratio of the first store to the second one. Returns the number of events that were missing.
 */
export async function compareStores(
  contestants: readonly [ours: ComparedStore, theirs: ComparedStore],
  options: AgainstOptions,
  say: (text: string) => void,
): Promise<{ readonly table: readonly string[]; readonly missing: number }> {
  const steps = await stepsFor(contestants, options)
  const costs = new Map(contestants.map((one) => [one, new Map<string, number[]>()]))
  const note = (one: ComparedStore, name: string, ms: number): void => {
    const ofName = costs.get(one)?.get(name) ?? []
    ofName.push(ms)
    costs.get(one)?.set(name, ofName)
  }
  for (const one of contestants) for (const step of steps) await cpuOf(one, step)
  let missing = 0
  for (let round = 0; round < options.rounds; round += 1) {
    say(`round ${round + 1} of ${options.rounds}`)
    const order = round % 2 === 0 ? contestants : contestants.toReversed()
    for (const step of steps) for (const one of order) note(one, step.name, await cpuOf(one, step))
    for (const one of order) {
      const loaded = await loadStore(one.store, { ...options, itemIds: one.itemIds })
      note(one, UNDER_LOAD, loaded.cores * 1_000)
      missing += loaded.missing
    }
  }
  return { table: tableOf(contestants, costs), missing }
}

const UNDER_LOAD = 'a second of the load'

async function stepsFor(
  contestants: readonly ComparedStore[],
  { log }: AgainstOptions,
): Promise<readonly Step[]> {
  const previous = new Map<ComparedStore, string>()
  for (const one of contestants) previous.set(one, await newestPrevious(one.store, log))
  const page = (count: number) => async (one: ComparedStore) =>
    await send('GET', `${one.store.url}${log}?count=${count}`)
  return [
    {
      name: 'empty page',
      count: 2_000,
      run: async (one) => await send('GET', one.store.url + (previous.get(one) ?? '')),
    },
    {
      name: 'full page, rows not cached',
      count: 300,
      run: async (one) => {
        hosts += 1
        const headers = { host: `against-${hosts}.test` }
        return await send('GET', `${one.store.url}${log}?count=10`, { headers })
      },
    },
    { name: 'full page, cached', count: 2_000, run: page(10) },
    { name: 'page of 100 rows, cached', count: 500, run: page(100) },
    {
      name: 'item',
      count: 500,
      run: async ({ store, itemIds }, nth) =>
        await send('GET', `${store.url}/webservice/escenic/content/${itemIds[nth]}`),
    },
    // Last: an edit makes the empty page a full one.
    {
      name: 'edit',
      count: 2_000,
      run: async ({ store, itemIds }, nth) =>
        await send('PATCH', `${store.url}/__mock/items/${itemIds[nth % itemIds.length]}`, {
          body: '{"title":"Edited"}',
        }),
    },
  ]
}

/** Processor time of one store for one response, in ms. */
async function cpuOf(one: ComparedStore, { count, run }: Step): Promise<number> {
  const before = one.store.cpuMs() ?? Number.NaN
  for (let nth = 0; nth < count; nth += 1) await run(one, nth)
  return ((one.store.cpuMs() ?? Number.NaN) - before) / count
}

function tableOf(
  [ours, theirs]: readonly [ComparedStore, ComparedStore],
  costs: Costs,
): readonly string[] {
  const names = [...(costs.get(ours)?.keys() ?? [])]
  const rows = names.map((name) => {
    const [first, second] = [ours, theirs].map((one) => costs.get(one)?.get(name) ?? [])
    const ratios = (first ?? []).map((ms, round) => ms / (second?.[round] ?? Number.NaN))
    const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
    const cells = [first, second].map((ms) => `${median(ms ?? []).toFixed(3)} ms`)
    return `| ${name} | ${cells.join(' | ')} | ${median(ratios).toFixed(2)} | ${range} |`
  })
  return [
    `| processor time of | ${ours.name} | ${theirs.name} | ratio | rounds |`,
    '|---|---|---|---|---|',
    ...rows,
  ]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[sorted.length % 2 === 0 ? middle - 1 : middle],
    sorted[middle],
  ]
  return (low + high) / 2
}
