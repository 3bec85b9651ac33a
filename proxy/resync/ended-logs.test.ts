import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { MODEL_LOGIN, type ModelStore, startModelStore } from '../testing/model-store.ts'
import { RawClient } from '../testing/raw-client.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { workersOf } from '../testing/workers.ts'
import type { LogState } from './ask-page.ts'
import { EndedLogs } from './ended-logs.ts'

const OUTAGE = '{"reason":"outage"}'
const UNKNOWN = '{"reason":"unknown"}'

describe.each(['announce', 'changelog'])('a proxy with resync.mode %s', (mode) => {
  const start = async (store: ModelStore) =>
    await runProxy({
      backEnds: [],
      blocks: { backends: [{ uri: store.streamUrl, credentials: MODEL_LOGIN }] },
      settings: { resync: { mode, graceMs: 60_000, settleMs: 50, spreadMs: 0 } },
    })

  it.each([404, 410])(
    'a proxy forgets a change log that answers %i, until the store announces it again',
    async (status) => {
      await using store = await startModelStore()
      await using proxy = await start(store)
      await proxy.healthy()
      await using client = await RawClient.get({ port: proxy.port })
      for (const log of [1, 2, 3]) store.change(log)
      await client.received(3)
      store.end(2, status)
      store.setDown(true)
      store.setDown(false)
      await client.received(6)
      await using late = await RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: x'] })
      await late.received(3)
      store.change(2)
      await client.received(7)
      await late.received(4)
      await using last = await RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: x'] })
      await last.received(4)
      const [first, second, third] = [1, 2, 3].map(store.urlOf)
      expect(client.data.slice(3)).toEqual([OUTAGE, first, third, second])
      expect(late.data).toEqual([UNKNOWN, first, third, second])
      expect(last.data).toEqual([UNKNOWN, first, third, second])
    },
  )

  it('a client that returns gets no change log that ended while the back end was connected', async () => {
    await using store = await startModelStore()
    await using proxy = await start(store)
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    for (const log of [1, 2]) store.change(log)
    await client.received(2)
    store.end(2, 404)
    await using late = await RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: x'] })
    await late.received(2)
    store.change(1)
    await late.received(3)
    expect(late.data).toEqual([UNKNOWN, store.urlOf(1), store.urlOf(1)])
  })
})

it('workers forget a change log that has ended, also one that starts later', async () => {
  await using store = await startModelStore()
  await using proxy = spawnProxy(['server', 'FILE'], {
    file: proxyFile({
      backEnds: [],
      blocks: { backends: [{ uri: store.streamUrl, credentials: MODEL_LOGIN }] },
      settings: {
        workers: 2,
        backEnd: { reconnectFirstMs: 50, reconnectJitter: 0 },
        resync: { settleMs: 50, spreadMs: 0 },
      },
    }),
  })
  const port = await proxy.port()
  await using client = await RawClient.get({ port })
  await eventually('the proxy reads the stream', () => store.streams() === 1)
  for (const log of [1, 2]) store.change(log)
  await client.received(2)
  store.end(2, 404)
  store.setDown(true)
  store.setDown(false)
  await eventually('the other log is announced', () => client.data.includes(OUTAGE, 2))
  await client.received(4)
  const [first = 0] = workersOf(proxy)
  process.kill(first, 'SIGKILL')
  await eventually('the worker is replaced', () => workersOf(proxy).length === 3)
  const asked = store.asked.length
  for (let n = 0; n < 10; n += 1) {
    await using late = await RawClient.get({ port, fields: ['Last-Event-ID: x'] })
    await late.received(2)
    expect(late.data).toEqual([UNKNOWN, store.urlOf(1)])
    // A worker asks through the primary process, before it announces the log.
    expect(store.asked.length).toBeGreaterThan(asked)
  }
})

/** Asks for these change logs, of which each has a state or does not answer. */
async function endedOf(
  states: Readonly<Record<string, LogState | undefined>>,
  onAsk: (url: string, logs: EndedLogs) => void = () => undefined,
): Promise<readonly string[]> {
  const logs = new EndedLogs({
    ask: async (url) => {
      onAsk(url, logs)
      return await Promise.resolve(states[url] ?? Promise.reject(new Error('no answer')))
    },
    checkMs: 60_000,
    nowMs: () => 0,
  })
  return [...(await logs.among(Object.keys(states)))]
}

describe('EndedLogs', () => {
  it('EndedLogs takes 404 for the end of a log only if the back end serves another one', async () => {
    expect(await endedOf({ a: 'missing', b: 'missing', c: undefined })).toEqual([])
    expect(await endedOf({ a: 'missing', b: 'served', c: undefined })).toEqual(['a'])
    expect(await endedOf({ a: 'missing', b: 'gone' })).toEqual(['b'])
  })

  it('EndedLogs keeps a log that is announced while it asks', async () => {
    const states = { a: 'missing', b: 'served', c: 'gone' } as const
    expect(await endedOf(states, (_url, logs) => logs.announced('a'))).toEqual(['c'])
  })

  it('EndedLogs asks no further log when the time is up', async () => {
    let nowMs = 0
    const asked: string[] = []
    const logs = new EndedLogs({
      ask: async (url) => {
        asked.push(url)
        nowMs += 100
        return await Promise.resolve('gone')
      },
      checkMs: 250,
      nowMs: () => nowMs,
    })
    const ended = await logs.among(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(asked).toEqual(['a', 'b', 'c'])
    expect([...ended]).toEqual(asked)
  })
})
