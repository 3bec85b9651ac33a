import { describe, expect, it } from 'vitest'

import { LIMITS } from '../content/limits.ts'
import { poolEntry, postItems, readList, sendList } from '../testing/list-client.ts'
import { readFeed } from '../testing/read-feed.ts'
import { putSection, sectionEntry } from '../testing/section-client.ts'
import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const SERVICE = '/webservice/escenic'
const LOGIN = { authorization: `Basic ${btoa('user:password')}` }

async function get(url: string): Promise<Response> {
  return await fetch(url, { headers: LOGIN })
}

describe('a list', () => {
  it.each([
    ['lists', 'list', 61, 'Top stories'],
    ['inboxes', 'inbox', 62, 'Inbox'],
  ] as const)(
    'the %s of a section link to their entries and their change log',
    async (path, kind, id, name) => {
      await using store = await serveStore()
      const section = await (await get(`${store.url}${SERVICE}/section/1`)).text()
      expect(section).toContain(`relation/${path}" href="${store.url}${SERVICE}/section/1/${path}"`)
      const text = await (await get(`${store.url}${SERVICE}/section/1/${path}`)).text()
      expect(readFeed(text).entries).toMatchObject([{ identifier: String(id), title: name }])
      expect(text).toContain(`<id>${store.url}/webservice/content/com.escenic.${kind}/${id}</id>`)
      const links = [...text.matchAll(/relation\/(list-pool|changelog)" href="([^"]+)"/g)]
      expect(links.map(([, rel]) => rel)).toEqual(['list-pool', 'changelog'])
      for (const [, , href = ''] of links) expect((await get(href)).status).toBe(200)
      const older = await get(`${store.url}/webservice/content/com.escenic.${kind}/${id}`)
      expect([older.status, await older.text()]).toEqual([
        404,
        expect.stringContaining('not imitated'),
      ])
    },
  )

  it('a list has an entry per item, with a handle, a position and a link to the item', async () => {
    await using store = await serveStore()
    const { text, ...list } = await readList(store, 61)
    expect(list).toMatchObject({ itemIds: [801, 798], handles: [1, 2], pinned: [false, false] })
    expect(readFeed(text)).toMatchObject({
      id: `${store.url}${SERVICE}/list-pool/61`,
      title: 'Top stories',
    })
    expect(text).toContain('(type=1 ,id=801 ,pubId=-1)')
    const handle = await get(`${store.url}${SERVICE}/list-pool/handle/2`)
    expect(handle.headers.get('content-type')).toContain('type=entry')
    const entry = await handle.text()
    expect(entry).toMatch(/priority">\s*<vdf:value>2</)
    expect(entry).toContain(
      `rel="collection" href="${store.url}${SERVICE}/list-pool/61" type="text/uri-list"`,
    )
  })

  it('items that are posted to a list come first, in their order, and the ETag moves', async () => {
    await using store = await serveStore()
    const before = await readList(store, 61)
    const response = await sendList(
      store,
      'POST',
      61,
      `# comment\r\n${store.url}${SERVICE}/content/783\nhttp://other.test${SERVICE}/content/784\r\n`,
    )
    expect([
      response.status,
      response.headers.get('location'),
      response.headers.get('vary'),
    ]).toEqual([201, `${store.url}${SERVICE}/list-pool/61`, 'Accept'])
    const after = await readList(store, 61)
    expect(after.itemIds).toEqual([783, 784, 801, 798])
    expect(after.handles).toEqual([3, 4, 1, 2])
    expect(response.headers.get('etag')).toBe(after.etag)
    expect(await response.text()).toBe(after.text)
    expect(after.etag).not.toBe(before.etag)
    const known = await sendList(store, 'GET', 61, null, { 'if-none-match': String(after.etag) })
    expect(known.status).toBe(304)
    const stale = await sendList(store, 'POST', 61, `${SERVICE}/content/785`, {
      'if-match': String(before.etag),
    })
    expect(stale.status).toBe(412)
  })

  it('an item is in a list once: posted again, it moves under a new handle', async () => {
    await using store = await serveStore()
    const moved = await postItems(store, 61, [798, 798])
    expect([moved.itemIds, moved.handles]).toEqual([
      [798, 801],
      [3, 1],
    ])
    expect((await sendList(store, 'GET', 'handle/2')).status).toBe(404)
  })

  it('items that are posted to a handle are inserted before its entry', async () => {
    await using store = await serveStore()
    const inserted = await postItems(store, 'handle/2', [783, 801])
    expect([inserted.status, inserted.itemIds]).toEqual([201, [783, 801, 798]])
    expect(readFeed(inserted.text).id).toBe(`${store.url}${SERVICE}/list-pool/handle/2`)
  })

  it('a list is readable as a list of URIs, which has an ETag of its own', async () => {
    await using store = await serveStore()
    const uris = await sendList(store, 'GET', 61, null, { accept: 'text/uri-list' })
    expect(await uris.text()).toBe(
      `${store.url}${SERVICE}/content/801\r\n${store.url}${SERVICE}/content/798\r\n`,
    )
    expect(uris.headers.get('content-type')).toMatch(/^text\/uri-list/)
    expect(uris.headers.get('vary')).toContain('Accept')
    expect(uris.headers.get('etag')).not.toBe((await readList(store, 61)).etag)
  })

  it('a pinned entry keeps its position while others come and go, until it is unpinned', async () => {
    await using store = await serveStore()
    const pinned = await sendList(store, 'PUT', 'handle/1', poolEntry(2, true))
    expect([pinned.status, await pinned.text()]).toEqual([200, ''])
    expect((await readList(store, 61)).itemIds).toEqual([798, 801])
    await postItems(store, 61, [783, 784])
    const after = await readList(store, 61)
    expect([after.itemIds, after.pinned]).toEqual([
      [783, 801, 784, 798],
      [false, true, false, false],
    ])
    const entry = await sendList(store, 'GET', 'handle/1')
    const { status } = await sendList(
      store,
      'PUT',
      'handle/1',
      (await entry.text()).replace('>true<', '>false<'),
      {
        'if-match': String(entry.headers.get('etag')),
      },
    )
    expect(status).toBe(200)
    expect((await postItems(store, 61, [785])).itemIds).toEqual([785, 783, 801, 784, 798])
    expect((await sendList(store, 'PUT', 'handle/2', poolEntry(1, false))).status).toBe(200)
    expect((await readList(store, 61)).itemIds).toEqual([798, 785, 783, 801, 784])
  })

  it('an entry is removed by its handle', async () => {
    await using store = await serveStore()
    const before = await readList(store, 61)
    expect((await sendList(store, 'DELETE', 'handle/1')).status).toBe(204)
    const after = await readList(store, 61)
    expect(after.itemIds).toEqual([798])
    expect(after.etag).not.toBe(before.etag)
    expect((await sendList(store, 'DELETE', 'handle/1')).status).toBe(404)
  })

  it('each change of a list is a row of its change log and is announced', async () => {
    await using store = await serveStore({ announce: ['list'] })
    await using stream = await StreamReader.open(`${store.url}${SERVICE}/changelog/sse`)
    const log = `${store.url}${SERVICE}/changelog/list/62`
    const newest = async () => readFeed(await (await get(log)).text()).identifiers
    const { handles } = await postItems(store, 62, [783, 784])
    expect(await newest()).toEqual(['784', '783'])
    await sendList(store, 'PUT', `handle/${handles[0]}`, poolEntry(2, true))
    expect(await newest()).toEqual(['783', '784'])
    await sendList(store, 'DELETE', `handle/${handles[1]}`)
    expect(await newest()).toEqual(['784', '783'])
    // As for every list: a change of its items, too.
    store.control.updateItem(783, { title: 'A' })
    expect(await newest()).toEqual(['783', '784'])
    await stream.until(({ data }) => data.length === 5, 'five events')
    expect(new Set(stream.data)).toEqual(new Set([log]))
  })

  it.each([
    ['61', 'POST', '', {}, 400, 'the body is empty'],
    ['61', 'POST', `http://a${SERVICE}/content/9999`, {}, 400, 'content/9999'],
    ['61', 'POST', `http://a${SERVICE}/section/12`, {}, 400, 'section/12'],
    [
      '61',
      'POST',
      `http://a${SERVICE}/content/801`,
      { 'content-type': 'text/plain' },
      415,
      'text/uri-list',
    ],
    [
      '61',
      'POST',
      `http://a${SERVICE}/content/801\n`.repeat(LIMITS.listItems + 1),
      {},
      409,
      'listItems',
    ],
    ['99', 'POST', `http://a${SERVICE}/content/801`, {}, 404, 'list 99'],
    ['handle/99', 'PUT', poolEntry(1, true), {}, 404, 'handle 99'],
    [
      'handle/1',
      'PUT',
      poolEntry(3, true),
      {},
      400,
      'com.escenic.priority: expected a position from 1 to 2',
    ],
    ['handle/1', 'PUT', poolEntry('first', true), {}, 400, 'com.escenic.priority'],
    ['handle/1', 'PUT', poolEntry(1, 'x'), {}, 400, 'com.escenic.pinned'],
    [
      'handle/1',
      'PUT',
      poolEntry(1, true).replace('<content', '<summary>A</summary><content'),
      {},
      400,
      'summary cannot be kept',
    ],
    [
      'handle/1',
      'PUT',
      poolEntry(1, true).replace('</vdf:payload>', '<vdf:field name="a"/></vdf:payload>'),
      {},
      400,
      'no others',
    ],
    [
      'handle/1',
      'PUT',
      poolEntry(1, true),
      { 'content-type': 'text/uri-list' },
      415,
      'application/atom+xml',
    ],
  ] as const)(
    'a bad request to list-pool/%s is refused by name (%#)',
    async (path, method, body, headers, status, text) => {
      await using store = await serveStore()
      const before = await readList(store, 61)
      const refused = await sendList(store, method, path, body, headers)
      expect([refused.status, await refused.text()]).toEqual([
        status,
        expect.stringContaining(text),
      ])
      expect(await readList(store, 61)).toEqual(before)
      expect(store.control.info().changeId).toBe(5041)
    },
  )

  it('two entries of a list cannot be pinned to one position', async () => {
    await using store = await serveStore()
    await sendList(store, 'PUT', 'handle/1', poolEntry(1, true))
    const second = await sendList(store, 'PUT', 'handle/2', poolEntry(1, true))
    expect([second.status, await second.text()]).toEqual([
      409,
      expect.stringContaining('pinned by handle 1'),
    ])
  })

  it('a full list is refused further items by the name of its limit, and keeps its own', async () => {
    await using store = await serveStore()
    const ids = Array.from({ length: LIMITS.listItems - 2 }, () => {
      return store.control.createItem({ sectionId: 22, title: 'A' }).item.id
    })
    expect((await postItems(store, 61, ids)).status).toBe(201)
    const full = await postItems(store, 61, [783])
    expect([full.status, full.text]).toEqual([409, expect.stringContaining('listItems')])
    // An item that is there already takes no place.
    expect((await postItems(store, 61, [798])).itemIds).toHaveLength(LIMITS.listItems)
  })

  it('a reset restores the lists under new handles and ETags', async () => {
    await using store = await serveStore()
    const first = await readList(store, 61)
    await postItems(store, 61, [783])
    store.control.reset()
    const after = await readList(store, 61)
    expect(after.itemIds).toEqual([801, 798])
    expect(Math.min(...after.handles)).toBeGreaterThan(3)
    expect(after.etag).not.toBe(first.etag)
    expect((await sendList(store, 'GET', 'handle/1')).status).toBe(404)
  })

  it('the ETag of a list follows the name of its section, which the list shows', async () => {
    await using store = await serveStore()
    const before = await readList(store, 61)
    await putSection(store, 1, sectionEntry({ name: 'Front' }))
    const after = await readList(store, 61)
    expect(after.text).toContain('title="Front"')
    expect(after.etag).not.toBe(before.etag)
  })
})
