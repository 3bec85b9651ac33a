import { Durations } from './durations.ts'
import { openStream, send } from './http-client.ts'
import { pause, paced } from './pace.ts'
import type { StoreProcess } from './store-process.ts'

export interface LoadOptions {
  readonly seconds: number
  readonly streams: number
  /** Per second: edits, polls of a `previous` link. */
  readonly edits: number
  readonly polls: number
  /** The items that are edited in turn. */
  readonly itemIds: readonly number[]
  /** Path of the log that is polled. */
  readonly log: string
}

export interface LoadResult {
  readonly polls: Durations
  readonly pages: Durations
  /** From the edit's request to its event. */
  readonly delays: Durations
  /** Edits without an event, and streams whose bytes differ from the first one's. */
  readonly missing: number
  /** Processor time of the store, as a share of one core. */
  readonly cores: number
}

/**
 * Not a divisor of the edit interval, so that page requests spread over the time between two edits.
 */
const FULL_PAGES_PER_SECOND = 23
const DRAIN_MS = 10_000
const READ_EVERY = 20

/** Streams, edits, polls and full pages together. */
export async function loadStore(store: StoreProcess, options: LoadOptions): Promise<LoadResult> {
  const { itemIds, log } = options
  const sentAt = new Map<number, number>()
  const seen: { readonly changeId: number; readonly at: number }[] = []
  // Every twentieth stream is parsed. For the others only the bytes are counted, and the counts
  // must be equal.
  const received = Array.from({ length: options.streams }, () => 0)
  let events = 0
  const open = received.map(async (_, index) =>
    openStream(`${store.url}/webservice/escenic/changelog/sse`, (bytes) => {
      received[index] = (received[index] ?? 0) + bytes.length
      if (index % READ_EVERY !== 0) return
      for (const [, id] of bytes.toString('latin1').matchAll(/^id: (\d+)-1$/gm)) {
        if (index === 0) events += 1
        seen.push({ changeId: Number(id), at: performance.now() })
      }
    }),
  )
  const closers = await Promise.all(open)

  const pollTimes = new Durations()
  const pageTimes = new Durations()
  let previous = await newestPrevious(store, log)
  let changes = 0
  const edit = async (): Promise<void> => {
    changes += 1
    const start = performance.now()
    const id = itemIds[changes % itemIds.length] ?? 0
    const body = '{"title":"Edited"}'
    const { change } = JSON.parse(await send('PATCH', `${store.url}/__mock/items/${id}`, { body }))
    sentAt.set(change.id, start)
  }
  const poll = async (): Promise<void> => {
    const text = await pollTimes.time(async () => await send('GET', store.url + previous))
    previous = previousLink(store, text) ?? previous
  }
  const fullPage = async (): Promise<void> => {
    await pageTimes.time(async () => await send('GET', `${store.url}${log}?count=10`))
  }

  const cpuBefore = store.cpuMs() ?? Number.NaN
  const started = performance.now()
  await paced(options.seconds * 1_000, [
    { perSecond: options.edits, run: edit },
    { perSecond: options.polls, run: poll },
    { perSecond: FULL_PAGES_PER_SECOND, run: fullPage },
  ])
  const tookMs = performance.now() - started
  const deadline = performance.now() + DRAIN_MS
  const behind = (): number => received.filter((length) => length !== received[0]).length
  const isComplete = (): boolean => events >= changes && behind() === 0
  while (!isComplete() && performance.now() < deadline) await pause(10)
  const cpuMs = (store.cpuMs() ?? Number.NaN) - cpuBefore
  for (const close of closers) close()
  // Only now: an event often arrives before the response that names its change.
  const delays = new Durations()
  for (const { changeId, at } of seen) delays.add(at - (sentAt.get(changeId) ?? Number.NaN))
  return {
    polls: pollTimes,
    pages: pageTimes,
    delays,
    missing: changes - events + behind(),
    cores: cpuMs / tookMs,
  }
}

/** Path of the page that is empty until something changes. */
export async function newestPrevious(store: StoreProcess, log: string): Promise<string> {
  const link = previousLink(store, await send('GET', `${store.url}${log}?count=10`))
  if (link === undefined) throw new Error(`${log} has no previous link`)
  return link
}

function previousLink({ url }: StoreProcess, feed: string): string | undefined {
  return /rel="previous" href="([^"]+)"/.exec(feed)?.[1]?.slice(url.length)
}
