import request from 'supertest'
import { expect, it } from 'vitest'

import { readFixture } from '../../fixtures/read-fixture.ts'
import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const STREAM = '/newsgate/events'

it('the Newsgate stream sends named events with ids and JSON over several lines', async () => {
  await using store = await serveStore()
  await using stream = await StreamReader.open(store.url + STREAM)
  const publish = (body: object) => request(store.url).post('/__mock/newsgate/events').send(body)
  expect((await publish({ data: { slug: 'harbour' } })).body).toEqual({ id: 'ng-17' })
  expect((await publish({ event: 'page.closed' })).body).toEqual({ id: 'ng-18' })
  const vector = readFixture('sse/newsgate.sse').toString()
  await stream.until(({ text }) => text.includes('ng-18') && text.endsWith('\n\n'), 'two events')
  expect(stream.text).toBe(
    `${vector}event: page.closed\nid: ng-18\ndata: {\ndata:   "id": 18\ndata: }\n\n`,
  )
})

it('the Newsgate stream and the change stream do not carry each other’s events', async () => {
  await using store = await serveStore({ announce: ['section'] })
  await using newsgate = await StreamReader.open(store.url + STREAM)
  await using changes = await StreamReader.open(`${store.url}/webservice/escenic/changelog/sse`)
  store.control.publishItem(801)
  store.control.publishNewsgate()
  await changes.until(({ data }) => data.length === 1, 'an event')
  await newsgate.until(({ text }) => text.includes('ng-17'), 'an event')
  expect([newsgate.text.includes('section'), changes.text.includes('ng-17')]).toEqual([
    false,
    false,
  ])
})

it('the Newsgate stream requires the login, and a name that would inject a field is refused', async () => {
  await using store = await serveStore()
  expect((await request(store.url).get(STREAM)).status).toBe(401)
  const bad = await request(store.url).post('/__mock/newsgate/events').send({ event: 'a\ndata: b' })
  expect([bad.status, bad.text]).toEqual([400, expect.stringContaining('expected a name')])
})
