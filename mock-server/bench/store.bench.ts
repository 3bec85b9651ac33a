import { cac } from 'cac'

import { Durations } from './durations.ts'
import { closeConnections, openStream, send } from './http-client.ts'
import type { StoreProcess } from './store-process.ts'
import { startStoreProcess } from './store-process.ts'

/**
 * What the store costs: pages one by one on a quiet store, then edits, polls and streams together. Ends with 1 when a
 * goal is missed, or when an event is: fast but wrong is no use.
 */

const LOG = '/webservice/escenic/changelog/publication/1'
const SECTION = 22
const PAGE_REQUESTS = 1_000
const WARM_UP_REQUESTS = 300
const DRAIN_MS = 10_000
const READ_EVERY = 20
const GOALS = { fullPageP99Ms: 10, growthMiB: 40 } as const

const cli = cac('npm run bench -- store')
cli.option('--seconds <N>', 'length of the loaded part', { default: 60 })
cli.option('--items <N>', 'items in the store', { default: 10_000 })
cli.option('--streams <N>', 'open event streams', { default: 200 })
cli.option('--edits <N>', 'edits per second', { default: 100 })
cli.option('--polls <N>', 'polls of a `previous` link per second', { default: 500 })
cli.help()
const { options } = cli.parse(['node', cli.name, ...process.argv.slice(2)], { run: false })
if (options['help'] !== true) process.exitCode = await run()

async function run(): Promise<0 | 1> {
  await using store = await startStoreProcess(['--workers', '0', '--ids', '--announce', 'section'])
  await fill(store, Number(options['items']))
  const full = await costOfPage(store, `${LOG}?count=10`)
  const large = await costOfPage(store, `${LOG}?count=100`)
  const empty = await costOfPage(store, await newestPrevious(store))
  const loaded = await load(store)
  closeConnections()

  const share = empty.cpuMs / full.cpuMs
  const rows = {
    'empty page': empty,
    'full page (10 rows)': full,
    'page of 100 rows': large,
  }
  for (const [name, { p50Ms, p99Ms, cpuMs }] of Object.entries(rows)) {
    print(name, `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}  cpu ${ms(cpuMs)}`)
  }
  print('empty to full, cpu', share.toFixed(2))
  print(
    'under load: polls',
    `${loaded.polls.count}, p50 ${ms(loaded.polls.quantileMs(0.5))}  p99 ${ms(loaded.polls.quantileMs(0.99))}`,
  )
  print(
    'under load: full pages',
    `${loaded.pages.count}, p50 ${ms(loaded.pages.quantileMs(0.5))}  p99 ${ms(loaded.pages.quantileMs(0.99))}`,
  )
  print(
    'edit to event',
    `${loaded.delays.count} deliveries, p50 ${ms(loaded.delays.quantileMs(0.5))}  p99 ${ms(loaded.delays.quantileMs(0.99))}`,
  )
  print('processor', `${((loaded.cpuMs / loaded.tookMs) * 100).toFixed(0)} % of one core`)
  print(
    'resident',
    `${loaded.firstMiB.toFixed(0)} MiB at the start, ${loaded.lastMiB.toFixed(0)} MiB at the end`,
  )

  const misses = [
    loaded.missing > 0 ? `${loaded.missing} events or streams are behind` : '',
    loaded.pages.quantileMs(0.99) > GOALS.fullPageP99Ms
      ? `p99 of a full page is over ${GOALS.fullPageP99Ms} ms`
      : '',
    loaded.lastMiB - loaded.firstMiB > GOALS.growthMiB
      ? `memory grew by more than ${GOALS.growthMiB} MiB`
      : '',
  ].filter((miss) => miss !== '')
  for (const miss of misses) print('missed', miss)
  return misses.length === 0 ? 0 : 1
}

async function fill({ url }: StoreProcess, items: number): Promise<void> {
  const parallel = 20
  const make = async (): Promise<void> => {
    const body = JSON.stringify({
      section: SECTION,
      title: 'An item of the benchmark',
      state: 'published',
    })
    for (let n = 0; n < items / parallel; n += 1) await send('POST', `${url}/__mock/items`, body)
  }
  await Promise.all(Array.from({ length: parallel }, make))
}

async function newestPrevious({ url }: StoreProcess): Promise<string> {
  const link =
    /rel="previous" href="([^"]+)"/.exec(await send('GET', `${url}${LOG}?count=10`))?.[1] ?? ''
  return link.slice(url.length)
}

interface PageCost {
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the store for one request; NaN where it cannot be read. */
  readonly cpuMs: number
}

/** One request after the other, on a store that does nothing else. */
async function costOfPage(store: StoreProcess, path: string): Promise<PageCost> {
  for (let n = 0; n < WARM_UP_REQUESTS; n += 1) await send('GET', store.url + path)
  const durations = new Durations()
  const before = store.cpuMs() ?? Number.NaN
  for (let n = 0; n < PAGE_REQUESTS; n += 1)
    await timed(durations, () => send('GET', store.url + path))
  const cpuMs = ((store.cpuMs() ?? Number.NaN) - before) / PAGE_REQUESTS
  return { p50Ms: durations.quantileMs(0.5), p99Ms: durations.quantileMs(0.99), cpuMs }
}

interface LoadResult {
  readonly polls: Durations
  readonly pages: Durations
  readonly delays: Durations
  readonly missing: number
  readonly cpuMs: number
  readonly tookMs: number
  readonly firstMiB: number
  readonly lastMiB: number
}

/** Streams, edits, polls and full pages together. */
async function load(store: StoreProcess): Promise<LoadResult> {
  const [streams, edits, polls, seconds] = (['streams', 'edits', 'polls', 'seconds'] as const).map(
    (name) => Number(options[name]),
  )
  const sentAt = new Map<number, number>()
  const delays = new Durations()
  const url = `${store.url}/webservice/escenic/changelog/sse`
  // Every twentieth stream is read event by event; of the others the bytes are counted, which must come to the same.
  const received = Array.from({ length: streams ?? 0 }, () => 0)
  let events = 0
  const open = received.map((_, index) =>
    openStream(url, (chunk) => {
      received[index] = (received[index] ?? 0) + chunk.length
      if (index % READ_EVERY !== 0) return
      for (const [, id] of chunk.toString().matchAll(/^id: (\d+)-1$/gm)) {
        if (index === 0) events += 1
        const since = sentAt.get(Number(id))
        if (since !== undefined) delays.add(performance.now() - since)
      }
    }),
  )
  const closers = await Promise.all(open)

  const pollTimes = new Durations()
  const pageTimes = new Durations()
  let previous = await newestPrevious(store)
  let changes = 0
  const edit = async (): Promise<void> => {
    changes += 1
    const start = performance.now()
    const id = 802 + (changes % Number(options['items']))
    const { change } = JSON.parse(
      await send('PATCH', `${store.url}/__mock/items/${id}`, '{"title":"Edited"}'),
    )
    sentAt.set(change.id, start)
  }
  const poll = async (): Promise<void> => {
    const text = await timed(pollTimes, () => send('GET', store.url + previous))
    previous = /rel="previous" href="([^"]+)"/.exec(text)?.[1]?.slice(store.url.length) ?? previous
  }
  const fullPage = async (): Promise<void> => {
    await timed(pageTimes, () => send('GET', `${store.url}${LOG}?count=10`))
  }

  const firstMiB = store.residentMiB() ?? Number.NaN
  const cpuBefore = store.cpuMs() ?? Number.NaN
  const started = performance.now()
  await paced((seconds ?? 0) * 1_000, [
    { perSecond: edits ?? 0, run: edit },
    { perSecond: polls ?? 0, run: poll },
    { perSecond: 20, run: fullPage },
  ])
  const tookMs = performance.now() - started
  const deadline = performance.now() + DRAIN_MS
  const behind = (): number => received.filter((length) => length !== received[0]).length
  const isComplete = (): boolean => events >= changes && behind() === 0
  while (!isComplete() && performance.now() < deadline) await pause(10)
  const cpuMs = (store.cpuMs() ?? Number.NaN) - cpuBefore
  for (const close of closers) close()
  return {
    polls: pollTimes,
    pages: pageTimes,
    delays,
    missing: changes - events + behind(),
    cpuMs,
    tookMs,
    firstMiB,
    lastMiB: store.residentMiB() ?? Number.NaN,
  }
}

interface Task {
  readonly perSecond: number
  readonly run: () => Promise<void>
}

/** Starts each task as often as it says, whether or not the ones before have ended, and waits for the last ones. */
async function paced(lengthMs: number, tasks: readonly Task[]): Promise<void> {
  const started = performance.now()
  const done: number[] = tasks.map(() => 0)
  const running = new Set<Promise<void>>()
  for (;;) {
    const elapsedMs = performance.now() - started
    if (elapsedMs >= lengthMs) break
    for (const [index, { perSecond, run: start }] of tasks.entries()) {
      for (
        const due = (elapsedMs * perSecond) / 1_000;
        (done[index] ?? 0) < due;
        done[index] = (done[index] ?? 0) + 1
      ) {
        const one: Promise<void> = start().finally(() => running.delete(one))
        running.add(one)
      }
    }
    await pause(2)
  }
  await Promise.all(running)
}

async function timed<T>(durations: Durations, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  durations.add(performance.now() - start)
  return result
}

async function pause(forMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, forMs))
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(24)}${value}\n`)
}
