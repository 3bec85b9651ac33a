import { expect, it } from 'vitest'

import { JournalBench } from '../testing/journal-bench.ts'
import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'
import type { EntryReport } from './entry-report.ts'

const bench = await JournalBench.forFile()
const { store } = bench
const STREAM = `${store.url}/webservice/escenic/changelog/sse`

it('the journal records what a client of a stream got, between its connect and its leave', async () => {
  store.control.publishItem(801)
  await using other = await StreamReader.open(STREAM)
  {
    await using stream = await StreamReader.open(STREAM, { headers: { 'Last-Event-ID': '7' } })
    store.control.publishItem(784)
    await stream.until(({ data }) => data.length === 2, 'two events')
  }
  await until(() => store.control.clients().length === 1, 'one client has left')
  store.control.publishItem(783)
  await other.until(({ data }) => data.length === 4, 'four events')
  const [staying = '', left = ''] = bench.entries({ kind: ['connect'] }).map(clientOf)
  await until(() => bench.entries({ kind: ['response'] }).length === 1, 'the end of a stream')
  const ofLeft = bench.entries({ client: left })
  expect(ofLeft.map(({ kind }) => kind)).toEqual([
    'request',
    'connect',
    'frame',
    'response',
    'leave',
  ])
  expect(ofLeft).toMatchObject([
    { method: 'GET' },
    { lastEventId: '7', user: 'user', stream: 'changes', request: ofLeft[0]?.id },
    { clients: 2, events: 2 },
    { status: 200, complete: false, headers: { 'content-type': 'text/event-stream' } },
    { reason: 'disconnected', events: 2 },
  ])
  expect(bench.entries({ client: staying }).map(({ kind }) => kind)).toEqual([
    'request',
    'connect',
    'frame',
    'frame',
  ])
})

it('the journal records replayed events for the client alone that got them', async () => {
  await using replaying = await serveStore({ ids: true, replay: true })
  const { change } = replaying.control.publishItem(801)
  replaying.control.publishItem(784)
  const url = `${replaying.url}/webservice/escenic/changelog/sse`
  await using other = await StreamReader.open(url)
  await using stream = await StreamReader.open(url, {
    headers: { 'Last-Event-ID': `${change.id}-2` },
  })
  await stream.until(({ data }) => data.length === 2, 'two events')
  const [, client = ''] = replaying.control.clients().map(({ id }) => id)
  const { entries: frames } = replaying.control.journal.query({ kind: ['frame'] })
  expect(frames).toMatchObject([{ client, clients: 1, events: 2 }])
  expect(replaying.control.journal.query({ kind: ['frame'], client }).entries).toEqual(frames)
  expect(other.text).toBe('')
})

it.each([
  ['ended by the store', 'ended'],
  ['dropped because it does not read', 'dropped'],
])('the journal says that a stream was %s', async (_how, reason) => {
  await using own = await serveStore({ maxStreamBufferBytes: 1_024 })
  await using stream = await StreamReader.open(`${own.url}/newsgate/events`)
  if (reason === 'ended') own.control.closeStreams()
  else own.control.publishNewsgate({ data: { text: 'x'.repeat(16_000_000) } })
  expect(own.control.journal.query({ kind: ['leave'] }).entries).toMatchObject([{ reason }])
  await until(() => stream.ended, 'the stream ends')
})

it('the journal keeps and counts 10,000 bytes of a longer event, and texts of its clients', async () => {
  const id = '7'.repeat(250)
  await using stream = await StreamReader.open(`${store.url}/newsgate/events`, {
    headers: { 'Last-Event-ID': id },
  })
  const opened = store.control.journal.query().held.bytes
  expect(opened).toBeGreaterThan(2 * id.length + 700)
  store.control.publishNewsgate({ data: { text: 'x'.repeat(50_000) } })
  await stream.until(({ data }) => data.length === 1, 'the event')
  const { held } = store.control.journal.query()
  expect(held.bytes - opened).toBeGreaterThan(10_000)
  expect(held.bytes - opened).toBeLessThan(11_000)
  const [frame] = bench.entries({ kind: ['frame'] })
  expect(frame?.kind === 'frame' && [frame.text.length, frame.bytes > 50_000]).toEqual([
    10_000,
    true,
  ])
})

function clientOf(entry: EntryReport): string {
  return entry.kind === 'connect' ? entry.client : ''
}
