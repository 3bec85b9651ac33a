import request from 'supertest'
import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const EDITORIAL = '/live-center-editorial'
const PRESENTATION = '/live-center-presentation-webservice'

interface LivePage {
  readonly self: string
  readonly previous: string
  readonly next: string
  readonly entries: readonly { readonly id: number; readonly state: string }[]
}

async function getPage({ url }: MockContentStore, path: string): Promise<LivePage> {
  const { body } = await request(url)
    .get(path.replace(url, ''))
    .auth(...TEST_LOGIN)
    .expect(200)
  return body
}

const ids = ({ entries }: LivePage): readonly number[] => entries.map(({ id }) => id)

describe('Live Center', () => {
  it('Live Center links from an event to its entries and its change log', async () => {
    await using store = await serveStore()
    for (const service of [EDITORIAL, PRESENTATION]) {
      const { body } = await request(store.url)
        .get(`${service}/event/18`)
        .auth(...TEST_LOGIN)
        .expect(200)
      expect(body).toMatchObject({
        id: 18,
        self: `${store.url}${service}/event/18`,
        entries: `${store.url}${service}/event/18/entries`,
        changelog: `${store.url}${service}/changelog/event/18`,
      })
    }
  })

  it('Live Center shows ten entries of an event, newest first, as the manual does', async () => {
    await using store = await serveStore()
    const { body } = await request(store.url).get(`${PRESENTATION}/event/18/entries`).expect(200)
    expect(ids(body)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
    expect(body.entries[0]).toMatchObject({
      author: { value: 'Test Editor', origin: 'escenic' },
      publishDate: '2024-05-02T08:12:00.000+0000',
      payload: [{ name: 'body', value: 'Report 12' }],
      state: 'published',
      sticky: false,
    })
  })

  it('Live Center pages its change log as the Content Store does', async () => {
    await using store = await serveStore()
    const log = `${store.url}${EDITORIAL}/changelog/event/18`
    const newest = await getPage(store, log)
    expect(newest).toMatchObject({
      self: `${log}/before/475?count=10`,
      previous: `${log}/after/474?count=10`,
      next: `${log}/before/456?count=10`,
    })
    expect(ids(await getPage(store, newest.next))).toEqual([2, 1])
    const empty = await getPage(store, newest.previous)
    expect([ids(empty), empty.previous]).toEqual([[], newest.previous])

    const changed = await request(store.url)
      .put(`${EDITORIAL}/event/18/entries/3`)
      .auth(...TEST_LOGIN)
      .set('If-Match', '*')
      .send({ payload: [{ name: 'body', value: 'Corrected' }], sticky: true })
    expect([changed.status, changed.body.sticky]).toEqual([200, true])
    const filled = await getPage(store, newest.previous)
    expect(ids(filled)).toEqual([3])
  })

  it('Live Center creates, changes and deletes entries in the editorial service only', async () => {
    await using store = await serveStore()
    const agent = request(store.url)
    const entries = `${EDITORIAL}/event/18/entries`
    const created = await agent
      .post(entries)
      .auth(...TEST_LOGIN)
      .send({ payload: [{ name: 'body', value: 'New' }], tags: ['a'] })
    expect([created.status, created.headers['location']]).toEqual([
      201,
      `${store.url}${entries}/13`,
    ])
    const stale = await agent
      .put(`${entries}/13`)
      .auth(...TEST_LOGIN)
      .set('If-Match', '"13-1"')
      .send({})
    expect(stale.status).toBe(412)
    const etag = String(created.headers['etag'])
    expect(
      (
        await agent
          .put(`${entries}/13`)
          .auth(...TEST_LOGIN)
          .set('If-Match', etag)
          .send({ tags: [] })
      ).status,
    ).toBe(200)
    expect((await agent.delete(`${entries}/13`).auth(...TEST_LOGIN)).status).toBe(204)
    expect((await getPage(store, `${EDITORIAL}/changelog/event/18?count=1`)).entries).toMatchObject(
      [{ id: 13, state: 'deleted' }],
    )
    expect(ids(await getPage(store, `${entries}?count=1`))).toEqual([])

    expect((await agent.post(entries).send({})).status).toBe(401)
    expect((await agent.post(`${PRESENTATION}/event/18/entries`).send({})).status).toBe(405)
    expect((await agent.delete(`${PRESENTATION}/event/18/entries/1`)).status).toBe(405)
  })

  it('Live Center announces each change on its streams by the URL of the changed log', async () => {
    await using store = await serveStore()
    await using readers = await StreamReader.open(`${store.url}${PRESENTATION}/changelog/sse`)
    await using editors = await StreamReader.open(`${store.url}${EDITORIAL}/changelog/sse`)
    await using others = await StreamReader.open(`${store.url}/webservice/escenic/changelog/sse`)
    await request(store.url)
      .delete(`${EDITORIAL}/event/18/entries/1`)
      .auth(...TEST_LOGIN)
      .expect(204)
    await readers.until(({ data }) => data.length === 1, 'an event')
    await editors.until(({ data }) => data.length === 1, 'an event')
    expect(readers.data).toEqual([`${store.url}${PRESENTATION}/changelog/event/18`])
    expect(editors.data).toEqual([`${store.url}${EDITORIAL}/changelog/event/18`])
    store.control.publishItem(801)
    await others.until(({ data }) => data.length === 2, 'two events')
    expect(others.text).not.toContain('live-center')
  })

  it.each([
    ['get', '/event/19', 404],
    ['get', '/event/x', 400],
    ['get', '/event/18/entries/99', 404],
    ['get', '/changelog/event/18/after/x', 400],
    ['get', '/changelog/event/18?count=0', 400],
    ['get', '/nowhere', 404],
    ['post', '/event/18/entries', 400],
  ] as const)('Live Center answers a bad %s %s with %i', async (method, path, status) => {
    await using store = await serveStore()
    const agent = request(store.url)
    const sent =
      method === 'get'
        ? agent.get(EDITORIAL + path)
        : agent.post(EDITORIAL + path).send({ paylod: [] })
    expect((await sent.auth(...TEST_LOGIN)).status).toBe(status)
  })

  it('Live Center is restored by a reset, under change ids that follow all earlier ones', async () => {
    await using store = await serveStore()
    const log = `${EDITORIAL}/changelog/event/18`
    const before = await getPage(store, log)
    await request(store.url)
      .delete(`${EDITORIAL}/event/18/entries/1`)
      .auth(...TEST_LOGIN)
      .expect(204)
    store.control.reset()
    const after = await getPage(store, log)
    const states = (entries: typeof before.entries) => entries.map(({ id, state }) => [id, state])
    expect(states(after.entries)).toEqual(states(before.entries))
    const { entries } = await getPage(store, before.previous.replace(store.url, ''))
    expect(entries.map(({ id }) => id)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  })
})
