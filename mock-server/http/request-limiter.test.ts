import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'

const LOG = '/webservice/escenic/changelog/section/12'
const STREAM = '/webservice/escenic/changelog/sse'

async function openStreams(
  { url }: MockContentStore,
  count: number,
): Promise<readonly StreamReader[]> {
  return Promise.all(Array.from({ length: count }, () => StreamReader.open(url + STREAM)))
}

async function closeAll(streams: readonly StreamReader[]): Promise<void> {
  for (const stream of streams) await stream[Symbol.asyncDispose]()
}

/** Requests a feed, with a timeout. */
async function getLog(
  { url }: MockContentStore,
  signal = AbortSignal.timeout(20_000),
): Promise<number> {
  const headers = { authorization: `Basic ${btoa('user:password')}` }
  return (await fetch(url + LOG, { headers, signal })).status
}

describe('RequestLimiter', () => {
  it('RequestLimiter accepts request 201 and queues it until one of 200 streams closes', async () => {
    await using store = await serveStore()
    const streams = await openStreams(store, 200)
    const order: string[] = []
    const status = getLog(store).finally(() => order.push('served'))
    await until(() => store.control.info().workers.waiting === 1, 'request 201 waits')
    // The control API is exempt: it answers while the other request still waits.
    expect((await fetch(`${store.url}/__mock/info`)).status).toBe(200)
    order.push('stream closes')
    await streams[7]?.[Symbol.asyncDispose]()
    expect(await status).toBe(200)
    expect(order).toEqual(['stream closes', 'served'])
    await closeAll(streams)
  })

  it('RequestLimiter serves waiting requests in order of arrival, streams included', async () => {
    await using store = await serveStore({ workers: 1 })
    const [first] = await openStreams(store, 1)
    const second = StreamReader.open(store.url + STREAM, { headers: { 'User-Agent': 'second' } })
    await until(() => store.control.info().workers.waiting === 1, 'the second waits')
    const third = getLog(store)
    await until(() => store.control.info().workers.waiting === 2, 'the third waits')
    await first?.[Symbol.asyncDispose]()
    const stream = await second
    expect(store.control.clients().map(({ userAgent }) => userAgent)).toEqual(['second'])
    expect(store.control.info().workers).toEqual({ busy: 1, waiting: 1 })
    await stream[Symbol.asyncDispose]()
    expect(await third).toBe(200)
  })

  it('RequestLimiter drops aborted requests from its queue', async () => {
    await using store = await serveStore({ workers: 1 })
    const [stream] = await openStreams(store, 1)
    const abort = new AbortController()
    const aborted = getLog(store, abort.signal).catch((error: unknown) => String(error))
    await until(() => store.control.info().workers.waiting === 1, 'the request waits')
    abort.abort()
    expect(await aborted).toContain('abort')
    await until(() => store.control.info().workers.waiting === 0, 'the queue is empty')
    await stream?.[Symbol.asyncDispose]()
    await until(() => store.control.info().workers.busy === 0, 'no worker is busy')
    expect(await getLog(store)).toBe(200)
  })

  it('RequestLimiter answers 503 to requests above the limit with workersBusy: 503', async () => {
    await using store = await serveStore({ workers: 2, workersBusy: '503' })
    const streams = await openStreams(store, 2)
    expect(await getLog(store)).toBe(503)
    await closeAll(streams)
    await until(() => store.control.info().workers.busy === 0, 'the workers are free')
    expect(await getLog(store)).toBe(200)
  })

  it('RequestLimiter resets connections above the limit with workersBusy: refuse', async () => {
    await using store = await serveStore({ workers: 1, workersBusy: 'refuse' })
    const streams = await openStreams(store, 1)
    const error: unknown = await getLog(store).catch((reason: unknown) => reason)
    expect(error instanceof Error && String(error.cause)).toContain('ECONNRESET')
    expect((await fetch(`${store.url}/__mock/info`)).status).toBe(200)
    await closeAll(streams)
  })

  it('RequestLimiter has no limit with workers: 0', async () => {
    await using store = await serveStore({ workers: 0 })
    const streams = await openStreams(store, 210)
    expect(await getLog(store)).toBe(200)
    await closeAll(streams)
  })
})
