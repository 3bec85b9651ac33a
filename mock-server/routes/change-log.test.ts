import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { feedLink, getFeed } from '../testing/get-feed.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const LOGS = '/webservice/escenic/changelog'

describe('a change log', () => {
  it('a change log has its elements in the documented order and no title', async () => {
    await using store = await serveStore()
    const feed = await getFeed(store, `${LOGS}/section/12`)
    expect(feed.elements).toEqual(['id', 'updated', 'author', 'link', 'entry'])
    expect([...feed.links.keys()].toSorted()).toEqual(['event-stream', 'next', 'previous', 'self'])
  })

  it('a change log is dated at the time of each response, even without changes', async () => {
    let nowMs = Date.parse('2024-05-02T09:00:00Z')
    await using store = await serveStore({ now: () => new Date(nowMs) })
    const dateOf = async (path: string): Promise<string> => {
      const { text } = await request(store.url)
        .get(path)
        .auth(...TEST_LOGIN)
      return /<updated>([^<]*)/.exec(text)?.[1] ?? 'none'
    }
    for (const path of [`${LOGS}/section/12/after/5041`, `${LOGS}/section/12`]) {
      const before = await dateOf(path)
      nowMs += 1_000
      expect([before, await dateOf(path)]).toEqual([
        new Date(nowMs - 1_000).toISOString(),
        new Date(nowMs).toISOString(),
      ])
    }
  })

  it('a change log links to the host that the request names', async () => {
    await using store = await serveStore()
    for (const host of ['one.test', 'two.test', 'one.test']) {
      const { text } = await request(store.url)
        .get(`${LOGS}/section/12/after/5041`)
        .set('Host', host)
        .auth(...TEST_LOGIN)
      const feed = readFeed(text)
      const urls = [
        feed.id,
        feedLink(feed, 'self'),
        feedLink(feed, 'next'),
        feedLink(feed, 'event-stream'),
      ]
      expect(urls.map((url) => new URL(url).host)).toEqual([host, host, host, host])
    }
  })

  it('a change log shows ten rows, newest first, and links to both neighbours', async () => {
    await using store = await serveStore()
    const feed = await getFeed(store, `${LOGS}/publication/1`)
    expect(feed.identifiers).toEqual([
      '801',
      '800',
      '799',
      '798',
      '797',
      '796',
      '795',
      '794',
      '793',
      '792',
    ])
    const log = `${store.url}${LOGS}/publication/1`
    expect(feed.id).toBe(log)
    expect(feedLink(feed, 'self')).toBe(`${log}/before/5042?count=10`)
    expect(feedLink(feed, 'previous')).toBe(`${log}/after/5041?count=10`)
    expect(feedLink(feed, 'next')).toBe(`${log}/before/4519?count=10`)
    expect(feedLink(feed, 'event-stream')).toBe(`${store.url}${LOGS}/sse`)
  })

  it('a change log has no next link on its last page, and an empty page below it links back by previous', async () => {
    await using store = await serveStore()
    const last = await getFeed(store, `${LOGS}/publication/1/before/3240`)
    expect(last.identifiers).toEqual(['782'])
    expect(last.links.has('next')).toBe(false)
    const above = await getFeed(store, `${LOGS}/publication/1/before/3241?count=1`)
    expect(above.links.has('next')).toBe(true)
    const end = await getFeed(store, `${LOGS}/publication/1/before/3102`)
    expect([end.identifiers, end.links.has('next')]).toEqual([[], false])
    const up = await getFeed(store, feedLink(end, 'previous'))
    expect(up.identifiers.at(-1)).toBe('782')
  })

  it('the previous page of a change log is empty until something changes, then holds the new rows', async () => {
    await using store = await serveStore()
    const newest = await getFeed(store, `${LOGS}/section/22`)
    const empty = await getFeed(store, feedLink(newest, 'previous'))
    expect(empty.identifiers).toEqual([])
    expect(feedLink(empty, 'previous')).toBe(feedLink(newest, 'previous'))

    const { item } = store.control.createItem({ sectionId: 22, title: 'A' })
    const filled = await getFeed(store, feedLink(empty, 'previous'))
    expect(filled.identifiers).toEqual([String(item.id)])
    const after = await getFeed(store, feedLink(filled, 'previous'))
    expect(after.identifiers).toEqual([])
  })

  it('a change log gives a client that is many rows behind every row, page by page, through previous links', async () => {
    await using store = await serveStore()
    let page = await getFeed(store, `${LOGS}/section/22?count=3`)
    const made = Array.from(
      { length: 8 },
      () => store.control.createItem({ sectionId: 22, title: 'A' }).item.id,
    )
    const seen: string[] = []
    for (let pages = 0; pages < 3; pages += 1) {
      page = await getFeed(store, feedLink(page, 'previous'))
      seen.push(...page.identifiers.toReversed())
    }
    expect(seen).toEqual(made.map(String))
    expect((await getFeed(store, feedLink(page, 'previous'))).identifiers).toEqual([])
  })

  it('a change log shows the oldest rows, as for after/0, for an id above all change ids', async () => {
    await using store = await serveStore()
    const first = await getFeed(store, `${LOGS}/publication/1/after/0`)
    expect(first.identifiers).toHaveLength(10)
    const future = await getFeed(store, `${LOGS}/publication/1/after/999999999`)
    expect(future.identifiers).toEqual(first.identifiers)
    expect(feedLink(future, 'previous')).toBe(feedLink(first, 'previous'))
    // Another log has a newer change, so the id belongs to this run.
    store.control.createItem({ sectionId: 12, title: 'A' })
    const ahead = await getFeed(store, `${LOGS}/section/22/after/5042`)
    expect(ahead.identifiers).toEqual([])
    expect(feedLink(ahead, 'previous')).toContain('/after/4802?')
    expect(
      (await getFeed(store, `${LOGS}/publication/1/before/999999999`)).identifiers,
    ).toHaveLength(10)
  })

  it.each([
    [`${LOGS}/section/12?count=0`, 400, 'count: expected a whole number from 1 to 100, got "0"'],
    [
      `${LOGS}/section/12?count=101`,
      400,
      'count: expected a whole number from 1 to 100, got "101"',
    ],
    [`${LOGS}/section/12?count=-1`, 400, 'got "-1"'],
    [`${LOGS}/section/12?count=1e1`, 400, 'got "1e1"'],
    [`${LOGS}/section/12?count=`, 400, 'got ""'],
    [`${LOGS}/section/12?count=1&count=2`, 400, 'got ["1","2"]'],
    [`${LOGS}/section/12/before/abc`, 400, 'change id: expected a whole number'],
    [`${LOGS}/section/12/after/-5`, 400, 'change id: expected a whole number'],
    [`${LOGS}/section/12/after/99999999999999999999`, 400, 'change id: expected a whole number'],
    [`${LOGS}/section/abc`, 400, 'section id: expected a whole number'],
    [`${LOGS}/section/%ZZ`, 400, ''],
    [`${LOGS}/section/77`, 404, 'there is no section 77'],
    [`${LOGS}/publication/nope`, 400, 'publication id or name'],
    [`${LOGS}/publication/77`, 404, 'there is no publication 77'],
    [`${LOGS}/person/77`, 404, 'there is no publication 77'],
    [`${LOGS}/list/77`, 404, 'there is no list 77'],
    [`${LOGS}/wrong/1`, 404, 'no kind of change log called "wrong"'],
  ])('a change log answers %s with %i', async (path, status, message) => {
    await using store = await serveStore()
    const response = await request(store.url)
      .get(path)
      .auth(...TEST_LOGIN)
      .expect(status)
    expect(response.type).toBe('text/plain')
    expect(response.text).toContain(message)
  })

  it.each([
    [['publication/1'], ['publication/1', 'publication/demo'], ['section/12', 'person/1']],
    [['section/12'], ['section/12', 'section/24'], ['section/22', 'publication/1']],
    [['person/1', 'list/61'], ['person/1', 'list/61'], ['publication/1']],
  ])(
    'a change log is neither listed nor readable when %j is denied',
    async (denyLogs, denied, readable) => {
      for (const denyStatus of [403, 404] as const) {
        await using store = await serveStore({ denyLogs, denyStatus })
        const status = async (path: string) => {
          return (
            await request(store.url)
              .get(`${LOGS}/${path}`)
              .auth(...TEST_LOGIN)
          ).status
        }
        expect(await Promise.all(denied.map(status))).toEqual(denied.map(() => denyStatus))
        expect(await Promise.all(readable.map(status))).toEqual(readable.map(() => 200))
        const list = await request(store.url)
          .get(LOGS)
          .auth(...TEST_LOGIN)
        const listed = ['publication/1', 'person/1'].filter((log) =>
          list.text.includes(`${LOGS}/${log}"`),
        )
        expect(listed).toEqual(
          ['publication/1', 'person/1'].filter((log) => !denyLogs.includes(log)),
        )
      }
    },
  )

  it('a change log has no ETag by default, and with logEtags one that gives 304 until something changes', async () => {
    await using plain = await serveStore()
    const first = await request(plain.url)
      .get(`${LOGS}/section/12`)
      .auth(...TEST_LOGIN)
    expect(first.headers).not.toHaveProperty('etag')
    expect(first.headers['content-type']).toBe('application/atom+xml;charset=UTF-8')

    await using store = await serveStore({ logEtags: true })
    const ask = (etag: string) =>
      request(store.url)
        .get(`${LOGS}/section/12`)
        .auth(...TEST_LOGIN)
        .set('If-None-Match', etag)
    const { headers } = await ask('"none"').expect(200)
    await ask(String(headers['etag'])).expect(304)
    store.control.publishItem(801)
    await ask(String(headers['etag'])).expect(200)
  })

  it('a change log has a title and payloads with feedTitle and logPayload', async () => {
    await using store = await serveStore({ feedTitle: true, logPayload: true })
    const payload = '<vdf:payload xmlns:vdf="http://www.vizrt.com/types" model="x/story"/>'
    await request(store.url)
      .post('/webservice/escenic/section/12/content-items')
      .auth(...TEST_LOGIN)
      .set('Content-Type', 'application/atom+xml')
      .send(
        `<entry xmlns="http://www.w3.org/2005/Atom"><title>&gt;801&lt;/content></title><content>${payload}</content></entry>`,
      )
      .expect(201)
    const response = await request(store.url)
      .get(`${LOGS}/section/12?count=2`)
      .auth(...TEST_LOGIN)
    expect(readFeed(response.text).title).toBe("Change log for section 'News'")
    expect(response.text.split(payload)).toHaveLength(2)
  })

  it('a change log advertises the sseEndpoint', async () => {
    await using store = await serveStore({ sseEndpoint: 'https://proxy.test/sse' })
    expect(feedLink(await getFeed(store, `${LOGS}/section/12`), 'event-stream')).toBe(
      'https://proxy.test/sse',
    )
  })
})
