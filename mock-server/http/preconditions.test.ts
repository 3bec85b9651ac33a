import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { entry } from '../testing/item-client.ts'
import { poolEntry } from '../testing/list-client.ts'
import { sectionEntry } from '../testing/section-client.ts'
import { serveStore } from '../testing/serve-store.ts'

const SERVICE = '/webservice/escenic'
const ITEM = `${SERVICE}/content/801`
const LIVE = '/live-center-editorial/event/18/entries/1'
const ATOM = 'application/atom+xml'

async function send(
  { url }: MockContentStore,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const isRead = method === 'GET' || method === 'HEAD' || method === 'DELETE'
  return await fetch(url + path, {
    method,
    headers: {
      authorization: `Basic ${btoa('user:password')}`,
      ...(isRead ? {} : { 'content-type': typeFor(method, path) }),
      ...headers,
    },
    body: isRead ? null : bodyFor(method, path),
  })
}

function typeFor(method: string, path: string): string {
  if (path.startsWith('/live')) return 'application/json'
  return method === 'POST' && path.includes('/list-pool/') ? 'text/uri-list' : ATOM
}

function bodyFor(method: string, path: string): string {
  if (path.startsWith('/live')) return '{}'
  if (path.includes('/list-pool/'))
    return method === 'POST' ? `http://a${SERVICE}/content/800` : poolEntry(1, true)
  const isSection = /\/section\/\d+(\/subsections)?$/.test(path)
  return isSection ? sectionEntry({ name: 'A' }) : entry('<title>A</title>')
}

/** The current ETag of a resource; resources without one have a tag that never matches. */
async function etagOf(store: MockContentStore, path: string): Promise<string> {
  return (await send(store, 'GET', path, {})).headers.get('etag') ?? '"none"'
}

/** Resources with an ETag, their methods, and how they answer without conditions. */
const TAGGED = [
  ['GET', ITEM, 200],
  ['HEAD', ITEM, 200],
  ['PUT', ITEM, 204],
  ['DELETE', ITEM, 200],
  ['GET', `${SERVICE}/section/12`, 200],
  ['PUT', `${SERVICE}/section/12`, 204],
  ['GET', `${SERVICE}/publication/demo/model/content-type/story`, 200],
  ['GET', `${SERVICE}/list-pool/61`, 200],
  ['HEAD', `${SERVICE}/list-pool/61`, 200],
  ['POST', `${SERVICE}/list-pool/61`, 201],
  ['GET', `${SERVICE}/list-pool/handle/1`, 200],
  ['PUT', `${SERVICE}/list-pool/handle/1`, 200],
  ['DELETE', `${SERVICE}/list-pool/handle/1`, 204],
  ['GET', `${SERVICE}/person/6`, 200],
  ['PUT', `${SERVICE}/person/6`, 204],
  ['DELETE', `${SERVICE}/person/6`, 204],
  ['GET', LIVE, 200],
  ['PUT', LIVE, 200],
  ['DELETE', LIVE, 204],
] as const

/** Resources without one. */
const UNTAGGED = [
  ['GET', '/webservice/index.xml', 200],
  ['GET', `${SERVICE}/section/ROOT/subsections`, 200],
  ['GET', `${SERVICE}/section/12/subsections`, 200],
  ['POST', `${SERVICE}/section/12/subsections`, 201],
  ['GET', `${SERVICE}/section/12/content-items`, 200],
  ['POST', `${SERVICE}/section/12/content-items`, 201],
  ['GET', `${SERVICE}/changelog`, 200],
  ['GET', `${SERVICE}/changelog/section/12`, 200],
  ['GET', `${SERVICE}/content/801/log`, 200],
  ['GET', `${SERVICE}/content/state/published/editor`, 200],
  ['GET', `${SERVICE}/person`, 200],
  ['POST', `${SERVICE}/binary`, 201],
  ['POST', `${SERVICE}/person`, 201],
  ['GET', `${SERVICE}/lock/article/801`, 200],
  ['POST', `${SERVICE}/lock/article/801`, 201],
  ['GET', '/live-center-editorial/event/18', 200],
  ['GET', '/live-center-editorial/changelog/event/18', 200],
  ['POST', '/live-center-editorial/event/18/entries', 201],
] as const

describe('preconditions', () => {
  it.each(TAGGED)('%s %s obeys If-Match and If-None-Match', async (method, path, status) => {
    await using store = await serveStore()
    const etag = await etagOf(store, path)
    const isRead = method === 'GET' || method === 'HEAD'
    const before = store.control.info().changeId
    // Each of these keeps the method from doing anything.
    for (const [headers, expected] of [
      [{ 'if-match': '"stale"' }, 412],
      [{ 'if-match': `W/${etag}` }, 412],
      [{ 'if-match': etag.replaceAll('"', '') }, 412],
      [{ 'if-match': `"a, ${etag.slice(1)}` }, 412],
      [{ 'if-match': etag, 'if-none-match': etag }, isRead ? 304 : 412],
      [{ 'if-match': '*', 'if-none-match': '*' }, isRead ? 304 : 412],
      [{ 'if-match': '*', 'if-none-match': `"a,b", W/${etag}` }, isRead ? 304 : 412],
    ] as const) {
      const response = await send(store, method, path, headers)
      const given = response.headers.get('etag')
      expect([headers, response.status, given]).toEqual([
        headers,
        expected,
        expected === 304 ? etag : null,
      ])
    }
    expect([await etagOf(store, path), store.control.info().changeId]).toEqual([etag, before])
    const past = 'Mon, 01 Jan 2001 00:00:00 GMT'
    const fine = await send(store, method, path, {
      'if-match': `"a,b" , ,${etag}`,
      'if-none-match': '"other", W/"another"',
      // No resource has a modification date.
      'if-modified-since': new Date().toUTCString(),
      'if-unmodified-since': past,
    })
    expect(fine.status).toBe(status)
  })

  it.each(UNTAGGED)('%s %s has no ETag, so no tag matches it', async (method, path, status) => {
    await using store = await serveStore()
    const statusOf = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await send(store, method, path, headers)).status
    const { changeId } = store.control.info()
    expect(await statusOf({ 'if-match': '"a"' })).toBe(412)
    expect(await statusOf({ 'if-none-match': '*' })).toBe(method === 'GET' ? 304 : 412)
    expect(store.control.info().changeId).toBe(changeId)
    // A client sends this with every request.
    expect(await statusOf({ 'if-match': '*', 'if-none-match': '"a"' })).toBe(status)
  })

  it.each([
    ['"stale"', 'If-Match: it has changed since "stale": GET it again'],
    ['abc', 'If-Match: abc is no entity tag: write it in double quotes'],
    ['"a", abc', 'If-Match: abc is no entity tag'],
    ['"open', 'If-Match: "open is no entity tag'],
    ['W/"abc"', 'If-Match: W/"abc" is weak, and If-Match takes strong tags alone'],
    [' ', 'If-Match: it is empty'],
    [`"${'x'.repeat(5_000)}"`, `If-Match: it has changed since "${'x'.repeat(199)}…:`],
  ])('PUT with the If-Match %.20s says what is wrong', async (ifMatch, text) => {
    await using store = await serveStore()
    const response = await send(store, 'PUT', ITEM, { 'if-match': ifMatch })
    expect([response.status, await response.text()]).toEqual([412, expect.stringContaining(text)])
  })

  it('a request that fails for another reason gets the same response with and without conditions', async () => {
    await using store = await serveStore()
    const stale = { 'if-match': '"stale"' }
    expect((await send(store, 'GET', `${SERVICE}/content/9999`, stale)).status).toBe(404)
    expect((await send(store, 'PUT', ITEM, { ...stale, 'content-type': 'a/b' })).status).toBe(415)
    await send(store, 'POST', `${SERVICE}/lock/article/801`, {})
    expect((await send(store, 'PUT', ITEM, stale)).status).toBe(409)
    store.control.deleteItem(801)
    expect((await send(store, 'DELETE', ITEM, stale)).status).toBe(404)
  })
})

describe('the ETag of a change log', () => {
  const LOG = `${SERVICE}/changelog/section/12`

  it('the ETag of a change log is weak and answers If-None-Match with 304 in all its forms', async () => {
    await using store = await serveStore({ logEtags: true })
    const etag = await etagOf(store, LOG)
    expect(etag).toMatch(/^W\/"[\da-f]{27}"$/)
    for (const tag of [etag, etag.slice(2), `"a", ${etag}`, '*']) {
      const { status } = await send(store, 'GET', LOG, { 'if-none-match': tag })
      expect([tag, status]).toEqual([tag, 304])
    }
    expect((await send(store, 'GET', LOG, { 'if-match': etag })).status).toBe(412)
  })

  it('the ETag of a change log changes with everything on the page except its date', async () => {
    let nowMs = 0
    await using store = await serveStore({ logEtags: true, now: () => new Date(nowMs) })
    const first = await etagOf(store, LOG)
    nowMs += 60_000
    expect(await etagOf(store, LOG)).toBe(first)
    store.control.updateItem(801, { title: 'B' })
    const second = await etagOf(store, LOG)
    expect(second).not.toBe(first)
    // The item leaves the section and keeps its row there, which shows what becomes of it.
    store.control.updateItem(801, { sectionIds: [22] })
    const third = await etagOf(store, LOG)
    store.control.updateItem(801, { title: 'C' })
    expect([second, third]).not.toContain(await etagOf(store, LOG))
  })
})
