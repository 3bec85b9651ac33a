import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'
import type { Effects } from './effects.ts'
import { EFFECTS, effectsOf as findEffects } from './effects.ts'
import type { FaultEntry, FrameEntry, RequestEntry, ResponseEntry } from './entry.ts'
import { Recorder } from './recorder.ts'

const LOG = '/webservice/escenic/changelog/section/12'
const FAULT = {
  kind: 'fault',
  name: 'late',
  fault: 'latency',
  scope: 'feed',
  request: undefined,
  client: undefined,
  correlation: 'change-7',
  size: 1,
} as const
const FRAME = {
  kind: 'frame',
  stream: 'changes',
  baseUrl: 'http://store',
  client: undefined,
  clients: 1,
  events: 1,
  bytes: 0,
  kept: Buffer.alloc(0),
  correlation: 'change-7',
  size: 1,
} as const
const REQUEST = {
  kind: 'request',
  method: 'GET',
  url: LOG,
  mountPath: '',
  httpVersion: '1.1',
  remoteAddress: '127.0.0.1',
  size: 1,
} as const
const RESPONSE = {
  kind: 'response',
  status: 200,
  isComplete: true,
  headers: [],
  bytes: 0,
  user: undefined,
  page: { log: LOG, changes: 'change', rows: [{ changeId: 7, subjectId: 801 }] },
  changes: [],
  size: 1,
} as const

// Each stream takes a worker of the store.
const store = await serveStore({ workers: 300 })
afterAll(() => store.close())
beforeEach(() => {
  store.control.reset({ closeStreams: true })
})

async function effectsOf(changeId: number): Promise<Effects> {
  const answer = await fetch(`${store.url}/__mock/journal/effects?correlation=change-${changeId}`)
  return EFFECTS.parse(await answer.json())
}

async function listen(userAgent: string): Promise<StreamReader> {
  const headers = { 'User-Agent': userAgent }
  return StreamReader.open(`${store.url}/webservice/escenic/changelog/sse`, { headers })
}

async function poll(userAgent: string): Promise<void> {
  const before = store.control.journal.query({ kind: ['response'] }).entries.length
  const headers = { 'User-Agent': userAgent, Authorization: `Basic ${btoa(TEST_LOGIN.join(':'))}` }
  await (await fetch(store.url + LOG, { headers })).text()
  // Its entry is written when the connection has taken the answer.
  const isNoted = () => store.control.journal.query({ kind: ['response'] }).entries.length > before
  await until(isNoted, 'the entry of the poll')
}

describe('GET /__mock/journal/effects', () => {
  it('each client that was sent a line is named with its time, and with its polls', async () => {
    const early = await listen('early/1')
    const left = await listen('left/1')
    const { change } = store.control.publishItem(801)
    await listen('late/1')
    await left[Symbol.asyncDispose]()
    await until(() => store.control.clients().length === 2, 'a client less')
    await poll('early/1')
    await poll('other/1')
    const effects = await effectsOf(change.id)
    expect(effects.change).toMatchObject({ logs: expect.arrayContaining([LOG]) })
    expect(effects.clients).toMatchObject([
      { userAgent: 'early/1', left: false, deliveries: [{ afterMs: expect.any(Number) }] },
      { userAgent: 'left/1', left: true, deliveries: [{ at: expect.any(String) }] },
    ])
    expect(effects.lines).toMatchObject([{ clients: 2 }])
    expect(effects.readers).toMatchObject([
      { userAgent: 'early/1', clients: [effects.clients[0]?.client], polls: [{ status: 200 }] },
      { userAgent: 'other/1', clients: [], polls: [{ log: LOG }] },
    ])
    expect(early.text).toContain(LOG)
  })

  it('a reader that looks like several clients is named with all of them', async () => {
    await listen('same/1')
    await listen('same/1')
    const { change } = store.control.publishItem(801)
    await poll('same/1')
    const { clients, readers } = await effectsOf(change.id)
    expect(readers).toHaveLength(1)
    expect(readers[0]?.clients).toEqual(clients.map(({ client }) => client))
    expect(clients).toHaveLength(2)
  })

  it('a fault that struck the row or a line is named, and a change without effects has none', async () => {
    const client = await listen('struck/1')
    store.control.setFaults([{ name: 'gone', kind: 'event-lost', scope: 'sse-open', once: true }])
    const { change } = store.control.publishItem(801)
    const { faults } = await effectsOf(change.id)
    expect(faults).toMatchObject([{ name: 'gone', fault: 'event-lost' }])
    await client[Symbol.asyncDispose]()
    expect(await effectsOf(1)).toEqual({
      change: null,
      lines: [],
      moreLines: 0,
      clients: [],
      moreClients: 0,
      readers: [],
      morePolls: 0,
      faults: [],
      moreFaults: 0,
    })
  })

  it('lines, polls and faults beyond those that are listed are counted', () => {
    const { journal, streams } = new Recorder(
      { entries: 10_000, bytes: 10_000_000 },
      { nowMs: 0, passedMs: 0 },
    )
    for (let n = 0; n < 503; n += 1) {
      journal.add<FaultEntry>({ ...FAULT })
      journal.add<FrameEntry>({ ...FRAME })
      // 205 readers.
      const headers = ['user-agent', `reader/${Math.min(n, 204)}`]
      const request = journal.add<RequestEntry>({ ...REQUEST, headers })
      journal.add<ResponseEntry>({ ...RESPONSE, request })
    }
    const { lines, moreLines, readers, morePolls, faults, moreFaults } = findEffects(
      'change-7',
      journal,
      streams,
    )
    expect([lines.length, moreLines]).toEqual([500, 3])
    expect([faults.length, moreFaults]).toEqual([500, 3])
    // 200 readers are listed.
    expect(readers.flatMap(({ polls }) => polls)).toHaveLength(200)
    expect(morePolls).toBe(303)
  })

  it('more clients than are listed are counted', async () => {
    const clients = await Promise.all(Array.from({ length: 203 }, () => listen('many/1')))
    const { change } = store.control.publishItem(801)
    const effects = await effectsOf(change.id)
    expect([effects.clients.length, effects.moreClients]).toEqual([200, 3])
    for (const client of clients) await client[Symbol.asyncDispose]()
  })
})
