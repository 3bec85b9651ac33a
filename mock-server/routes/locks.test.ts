import request from 'supertest'
import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const SERVICE = '/webservice/escenic'
const LOCKS = `${SERVICE}/lock/article/801`
const HOUR_MS = 3_600_000

function acquire({ url }: MockContentStore, fragment?: string): request.Test {
  const field = fragment === undefined ? '' : `<metadata:fragment>${fragment}</metadata:fragment>`
  return request(url)
    .post(LOCKS)
    .auth(...TEST_LOGIN)
    .set('Content-Type', 'application/atom+xml;type=entry')
    .send(
      `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:metadata="http://xmlns.escenic.com/2010/atom-metadata"><summary>Mine</summary>${field}</entry>`,
    )
}

async function lockUrl(store: MockContentStore, fragment?: string): Promise<string> {
  const { headers } = await acquire(store, fragment).expect(201)
  return String(headers['location'])
}

async function putStatus({ url }: MockContentStore, locks?: string): Promise<number> {
  const sent = request(url)
    .put(`${SERVICE}/content/801`)
    .auth(...TEST_LOGIN)
  const headers = { 'Content-Type': 'application/atom+xml', 'If-Match': '*' }
  const all = locks === undefined ? headers : { ...headers, 'X-Escenic-Locks': locks }
  const { status } = await sent
    .set(all)
    .send('<entry xmlns="http://www.w3.org/2005/Atom"><title>A</title></entry>')
  return status
}

async function statusOf(
  store: MockContentStore,
  method: 'get' | 'delete',
  url: string,
): Promise<number> {
  const agent = request(store.url)
  const path = url.slice(store.url.length)
  const sent = method === 'get' ? agent.get(path) : agent.delete(path)
  return (await sent.auth(...TEST_LOGIN)).status
}

describe('locks', () => {
  it('locks are acquired, listed, inspected and released', async () => {
    await using store = await serveStore()
    const url = await lockUrl(store, 'title')
    expect(url).toBe(`${store.url}${LOCKS}/private/1`)
    const { text } = await request(store.url)
      .get(LOCKS)
      .auth(...TEST_LOGIN)
      .expect(200)
    expect(text).toContain(`<id>${store.url}${LOCKS}/public/1</id>`)
    expect(text).toContain('<metadata:fragment>title</metadata:fragment>')
    expect(text).toContain('<age:expires>2024-05-03T08:15:30.412Z</age:expires>')
    expect(text).not.toContain('/private/')
    expect(await statusOf(store, 'get', url)).toBe(200)
    expect(await statusOf(store, 'delete', url)).toBe(204)
    expect(await statusOf(store, 'get', url)).toBe(404)
    expect(await statusOf(store, 'delete', url)).toBe(404)
  })

  it('locks exclude each other on the whole item and on the same field', async () => {
    await using store = await serveStore()
    const title = await lockUrl(store, 'title')
    const body = await lockUrl(store, 'body')
    expect((await acquire(store, 'title')).status).toBe(409)
    expect((await acquire(store)).status).toBe(409)
    await statusOf(store, 'delete', title)
    await statusOf(store, 'delete', body)
    await lockUrl(store)
    const conflict = await acquire(store, 'title')
    expect([conflict.status, conflict.text]).toEqual([409, 'item 801 is locked by Test Editor\n'])
  })

  it('an update of a locked item must name the lock', async () => {
    await using store = await serveStore()
    expect(await putStatus(store)).toBe(204)
    const url = await lockUrl(store)
    const { changeId } = store.control.item(801)
    expect(await putStatus(store)).toBe(409)
    expect(store.control.item(801).changeId).toBe(changeId)
    expect(await putStatus(store, url)).toBe(204)
    await statusOf(store, 'delete', url)
    expect(await putStatus(store, url)).toBe(409)
    expect(await putStatus(store)).toBe(204)
  })

  it('an update can name several locks, and only locks of its own item', async () => {
    await using store = await serveStore()
    const urls = [await lockUrl(store, 'title'), await lockUrl(store, 'body')]
    expect(await putStatus(store, urls.join(', '))).toBe(204)
    expect(await putStatus(store, 'nonsense')).toBe(400)
    expect(await putStatus(store, `${store.url}${SERVICE}/lock/article/800/private/1`)).toBe(400)
  })

  it('locks show the title of the request, or one of the store', async () => {
    await using store = await serveStore()
    const send = async (inner: string) =>
      await request(store.url)
        .post(LOCKS)
        .auth(...TEST_LOGIN)
        .set('Content-Type', 'application/atom+xml')
        .send(`<entry xmlns="http://www.w3.org/2005/Atom">${inner}</entry>`)
    const { headers } = await send(
      '<title type="text">Mine &amp; hers</title><summary type="text"/>',
    )
    const { text } = await request(store.url)
      .get(String(headers['location']).slice(store.url.length))
      .auth(...TEST_LOGIN)
      .expect(200)
    expect(text).toContain('<title type="text">Mine &amp; hers</title>')
  })

  it.each([
    ['a state', '<a:control xmlns:a="http://www.w3.org/2007/app"/>', 'a:control'],
    ['content', '<content>A</content>', 'content'],
    ['an author', '<author><name>A</name></author>', 'author'],
    ['a relation', '<link rel="related" href="http://x/"/>', 'link'],
    ['a foreign element', '<x xmlns="urn:x"/>', 'x cannot be kept'],
    ['a summary of HTML', '<summary type="html">A</summary>', 'summary: a lock shows plain text'],
    ['a title with markup', '<title><b/></title>', 'title: a lock shows plain text'],
    ['two summaries', '<summary/><summary/>', 'summary: expected one, got 2'],
    ['text between its parts', 'A', 'text between its elements'],
    ['too long a title', `<title>${'x'.repeat(1_001)}</title>`, 'lockTextLength'],
  ])('a lock request with %s is refused by name', async (_what, inner, expected) => {
    await using store = await serveStore()
    const { status, text } = await request(store.url)
      .post(LOCKS)
      .auth(...TEST_LOGIN)
      .set('Content-Type', 'application/atom+xml')
      .send(`<entry xmlns="http://www.w3.org/2005/Atom">${inner}</entry>`)
    expect([status, text]).toEqual([
      expected === 'lockTextLength' ? 413 : 400,
      expect.stringContaining(expected),
    ])
    expect(await putStatus(store)).toBe(204)
  })

  it('locks can be broken by their public URI', async () => {
    await using store = await serveStore()
    const url = await lockUrl(store)
    expect(await statusOf(store, 'delete', url.replace('private', 'public'))).toBe(204)
    expect(await putStatus(store)).toBe(204)
  })

  it('locks expire after 24 hours', async () => {
    let nowMs = Date.parse('2024-05-02T08:00:00Z')
    await using store = await serveStore({ now: () => new Date(nowMs) })
    const url = await lockUrl(store)
    nowMs += 24 * HOUR_MS - 1
    expect(await putStatus(store)).toBe(409)
    nowMs += 1
    expect(await statusOf(store, 'get', url)).toBe(404)
    expect(await putStatus(store)).toBe(204)
  })

  it('locks change no log and are removed by a reset', async () => {
    await using store = await serveStore()
    await lockUrl(store)
    expect(store.control.info().changeId).toBe(5041)
    store.control.reset()
    expect(await putStatus(store)).toBe(204)
  })

  it('locks require an existing item', async () => {
    await using store = await serveStore()
    expect(await statusOf(store, 'get', `${store.url}${SERVICE}/lock/article/9999`)).toBe(404)
  })
})
