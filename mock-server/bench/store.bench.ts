import { Command, InvalidArgumentError, Option } from 'commander'

import { compareStores, storeScriptAt } from './against.ts'
import { fillStore } from './fill-store.ts'
import { closeConnections } from './http-client.ts'
import type { PageCost } from './page-cost.ts'
import { costOfPages } from './page-cost.ts'
import type { LoadResult } from './store-load.ts'
import { loadStore, newestPrevious } from './store-load.ts'
import type { StoreProcess } from './store-process.ts'
import { startStoreProcess } from './store-process.ts'
import type { Durations } from './durations.ts'

/**
 * Cost of the store: single pages on an idle store, then edits, polls and streams together. Exits
 * with 1 when a goal or an event is missed.
 */

const LOG = '/webservice/escenic/changelog/publication/1'
const EMPTY = 'empty page'
const NEW = 'full page, rows not cached'
const CACHED = 'full page, cached'
const GOALS = { emptyToCached: 1.5, fullPageP99Ms: 10, heapGrowthMiB: 10 } as const

const options = new Command('npm run bench -- store')
  .addOption(countOption('--seconds <N>', 'length of the loaded part', 60))
  .addOption(countOption('--items <N>', 'items in the store', 10_000))
  .addOption(countOption('--streams <N>', 'open event streams', 200))
  .addOption(countOption('--edits <N>', 'edits per second', 100))
  .addOption(countOption('--polls <N>', 'polls of a `previous` link per second', 500))
  .addOption(
    countOption('--rounds <N>', 'rounds in which both stores take turns, with --against', 3),
  )
  .option('--against <DIR>', 'race the store of this other checkout instead')
  .addHelpText(
    'after',
    '\nnpm run bench -- store --seconds 20 --rounds 3 --against ../before   takes about four minutes',
  )
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<
    Readonly<
      Record<'seconds' | 'items' | 'streams' | 'edits' | 'polls' | 'rounds', number> & {
        against: string | undefined
      }
    >
  >()

const FLAGS = ['--workers', '0', '--ids', '--announce', 'section']

process.exitCode = options.against === undefined ? await run() : await race(options.against)

/** Exits with 2 for a directory without a store. */
async function race(checkout: string): Promise<0 | 1 | 2> {
  let script: string
  try {
    script = storeScriptAt(checkout)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 2
  }
  await using ours = await startStoreProcess(FLAGS)
  await using theirs = await startStoreProcess(FLAGS, script)
  say(`filling both stores with ${options.items} items`)
  const { seconds, streams, edits, polls, rounds, items } = options
  const { table, missing } = await compareStores(
    [
      { name: 'this repository', store: ours, itemIds: await fillStore(ours, items) },
      { name: checkout, store: theirs, itemIds: await fillStore(theirs, items) },
    ],
    { seconds, streams, edits, polls, rounds, log: LOG },
    say,
  )
  closeConnections()
  process.stdout.write(
    [
      `Processor time per response, and per second of ${streams} streams, ${edits} edits/s and ${polls} polls/s: medians of ${rounds} rounds, in which the stores take turns. A ratio below 1 says that this repository takes less.`,
      '',
      ...table,
      '',
    ].join('\n'),
  )
  if (missing > 0) process.stdout.write(`- missed: ${missing} events or streams are behind\n`)
  return missing > 0 ? 1 : 0
}

async function run(): Promise<0 | 1> {
  await using store = await startStoreProcess(FLAGS)
  say(`filling the store with ${options.items} items`)
  const itemIds = await fillStore(store, options.items)
  say('requesting pages on an idle store')
  const page = { path: `${LOG}?count=10`, isAlwaysNew: false }
  const costs = await costOfPages(store, [
    { name: EMPTY, path: await newestPrevious(store, LOG), isAlwaysNew: false },
    { name: NEW, path: page.path, isAlwaysNew: true },
    { name: CACHED, ...page },
    { name: 'page of 100 rows, cached', ...page, path: `${LOG}?count=100` },
  ])
  const load = {
    streams: options.streams,
    edits: options.edits,
    polls: options.polls,
    itemIds,
    log: LOG,
  }
  const [warmUp, seconds] = [options.seconds / 3, options.seconds]
  say(
    `streams, edits, polls and pages for ${warmUp.toFixed(0)} s, then measured for twice ${seconds} s`,
  )
  await loadStore(store, { ...load, seconds: warmUp })
  const loaded = await loadStore(store, { ...load, seconds })
  // In a separate run: a forced garbage collection is soon followed by others, and each pauses the
  // store.
  const before = await memoryOf(store)
  await loadStore(store, { ...load, seconds })
  const after = await memoryOf(store)
  closeConnections()
  const emptyToCached = (costs.get(EMPTY)?.cpuMs ?? NaN) / (costs.get(CACHED)?.cpuMs ?? NaN)
  process.stdout.write(
    [
      ...pageTable(costs),
      '',
      `An empty page costs ${emptyToCached.toFixed(2)} of a cached full one (goal: at most ${GOALS.emptyToCached}).`,
      '',
      `Then ${options.items} items, ${options.streams} streams, ${options.edits} edits/s and ${options.polls} polls/s for ${options.seconds} s:`,
      '',
      ...loadTable(loaded),
      '',
      `The store took ${(loaded.cores * 100).toFixed(0)} % of one core. In a second run of the same length: resident memory ${mib(before.resident)} before and ${mib(after.resident)} after; heap after a collection ${mib(before.heap)} and ${mib(after.heap)}.`,
      '',
    ].join('\n'),
  )
  const misses = missesOf(emptyToCached, loaded, before, after)
  for (const miss of misses) process.stdout.write(`- missed: ${miss}\n`)
  return misses.length === 0 ? 0 : 1
}

function countOption(flags: string, help: string, usual: number): Option {
  return new Option(flags, help).default(usual).argParser((text) => {
    const count = Number(text)
    if (Number.isInteger(count) && count >= 1) return count
    throw new InvalidArgumentError('Expected a whole number from 1.')
  })
}

interface Memory {
  readonly resident: number
  readonly heap: number
}

/** In MiB. */
async function memoryOf(store: StoreProcess): Promise<Memory> {
  return { resident: store.residentMiB() ?? Number.NaN, heap: await store.heapMiB() }
}

function pageTable(costs: ReadonlyMap<string, PageCost>): readonly string[] {
  return [
    '| on an idle store | p50 | p99 | processor time |',
    '|---|---|---|---|',
    ...[...costs].map(
      ([name, { durations, cpuMs }]) => `| ${name} | ${quantiles(durations)} | ${ms(cpuMs)} |`,
    ),
  ]
}

function loadTable({ polls, pages, delays }: LoadResult): readonly string[] {
  const rows = { 'poll of `previous`': polls, 'full page': pages, 'edit to event': delays }
  return [
    '| under load | count | p50 | p99 |',
    '|---|---|---|---|',
    ...Object.entries(rows).map(
      ([name, times]) => `| ${name} | ${times.count} | ${quantiles(times)} |`,
    ),
  ]
}

function missesOf(
  emptyToCached: number,
  loaded: LoadResult,
  before: Memory,
  after: Memory,
): readonly string[] {
  return [
    loaded.missing > 0 ? `${loaded.missing} events or streams are behind` : '',
    emptyToCached > GOALS.emptyToCached
      ? `an empty page must cost at most ${GOALS.emptyToCached} of a cached full one`
      : '',
    loaded.pages.quantileMs(0.99) > GOALS.fullPageP99Ms
      ? `p99 of a full page must be at most ${GOALS.fullPageP99Ms} ms`
      : '',
    after.heap - before.heap > GOALS.heapGrowthMiB
      ? `the heap must grow by at most ${GOALS.heapGrowthMiB} MiB`
      : '',
  ].filter((miss) => miss !== '')
}

function mib(value: number): string {
  return `${value.toFixed(0)} MiB`
}

function quantiles(durations: Durations): string {
  return `${ms(durations.quantileMs(0.5))} | ${ms(durations.quantileMs(0.99))}`
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
