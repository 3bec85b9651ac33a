import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'

const PUBLICATION = '/webservice/escenic/changelog/publication/1'

describe('the control API', () => {
  it('the control API needs no login and shows no password', async () => {
    await using store = await serveStore({ login: { name: 'qa', password: 'secret' } })
    const info = await request(store.url).get('/__mock/info').expect(200)
    expect(info.body).toMatchObject({ changeId: 5041, items: 20, sections: 5, clients: 0 })
    expect(info.text).not.toContain('secret')
    expect((await request(store.url).get('/__mock/health/ready')).body).toEqual({ ready: true })
  })

  it('GET /__mock names the store and links to every endpoint', async () => {
    await using store = await serveStore({ label: 'qa-2', randomSeed: 7 })
    const { body } = await request(store.url).get('/__mock').expect(200)
    expect(body).toMatchObject({ name: 'Mock Content Store', label: 'qa-2', randomSeed: 7 })
    expect(body.links).toContainEqual({
      method: 'GET',
      href: '/__mock/items/{id}',
      summary: 'A content item as it is',
    })
    const { body: document } = await request(store.url).get('/__mock/openapi.json')
    const paths = Object.keys(document.paths).map((path) => `/__mock${path}`.replace(/\/$/, ''))
    const linked = body.links.map(({ href }: { href: string }) => href)
    expect(new Set(linked)).toEqual(new Set(paths))
  })

  it('GET /__mock/items lists all items once, by pages in the order of their ids', async () => {
    await using store = await serveStore()
    store.control.createItem({ sectionId: 22, title: 'Last' })
    const ids: number[] = []
    let next: number | null = 0
    for (let pages = 0; next !== null && pages < 10; pages += 1) {
      const page = await request(store.url).get(`/__mock/items?count=7&after=${next}`)
      expect(page.body.total).toBe(21)
      ids.push(...page.body.items.map(({ id }: { id: number }) => id))
      next = page.body.next
    }
    expect(ids).toEqual([...Array.from({ length: 20 }, (_, index) => 782 + index), 802])
    expect(store.control.items({ after: 801 })).toMatchObject({
      items: [{ id: 802, title: 'Last', sectionIds: [22] }],
      next: null,
    })
    expect(store.control.items({ count: 21 }).next).toBe(null)
  })

  it('the control API creates, updates, publishes and deletes an item and lists the announced logs', async () => {
    await using store = await serveStore()
    const agent = request(store.url)
    const logs = [PUBLICATION, '/webservice/escenic/changelog/section/23']
    const created = await agent
      .post('/__mock/items')
      .send({ section: 23, title: 'A', type: 'news' })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({
      item: { id: 802, title: 'A', type: 'news', state: 'draft', sectionIds: [23] },
      change: { id: 5044, kind: 'created', subject: { kind: 'item', id: 802 }, logs },
    })
    const updated = await agent.patch('/__mock/items/802').send({ title: 'B' })
    expect(updated.body).toMatchObject({
      item: { title: 'B', state: 'draft' },
      change: { kind: 'updated', logs },
    })
    const published = await agent.post('/__mock/items/802/publish')
    expect(published.body).toMatchObject({ item: { title: 'B', state: 'published' } })
    const moved = await agent.patch('/__mock/items/802').send({ sections: [12, 22] })
    expect(moved.body.change.logs).toEqual([
      PUBLICATION,
      ...[12, 22, 23].map((id) => `/webservice/escenic/changelog/section/${id}`),
    ])
    expect((await agent.get('/__mock/items/802')).body).toEqual({ item: moved.body.item })
    const deleted = await agent.delete('/__mock/items/802')
    expect(deleted.body).toMatchObject({ item: { state: 'deleted' }, change: { kind: 'deleted' } })
  })

  it('the control API adds 5,000 sections with consecutive ids', async () => {
    await using store = await serveStore()
    const { body } = await request(store.url)
      .post('/__mock/sections')
      .send({ count: 5_000, name: 'Load', parent: 12 })
      .expect(201)
    const ids: readonly number[] = body.sections.map((section: { id: number }) => section.id)
    expect(ids).toEqual(Array.from({ length: 5_000 }, (_, index) => 25 + index))
    expect(body.sections[1]).toMatchObject({
      name: 'Load 2',
      parentId: 12,
      log: '/webservice/escenic/changelog/section/26',
    })
    const listed = await request(store.url).get('/__mock/sections')
    expect(listed.body.sections).toHaveLength(5_005)
  })

  it('the control API replaces a list and returns the changes of its log', async () => {
    await using store = await serveStore({ announce: ['list'] })
    await using stream = await StreamReader.open(`${store.url}/webservice/escenic/changelog/sse`)
    expect((await request(store.url).get('/__mock/lists')).body.lists).toMatchObject([
      { id: 61, kind: 'list', itemIds: [801, 798] },
      { id: 62, kind: 'inbox', itemIds: [] },
    ])
    const { body } = await request(store.url)
      .put('/__mock/lists/61')
      .send({ items: [798, 784] })
    const logs = ['/webservice/escenic/changelog/list/61']
    expect(body.changes).toMatchObject([
      { kind: 'listed', subject: { id: 784 }, logs },
      { kind: 'listed', subject: { id: 801 }, logs },
    ])
    await stream.until(({ data }) => data.length === 2, 'two events')
    expect(new Set(stream.data)).toEqual(new Set([store.url + logs[0]]))
  })

  it('the control API ends every stream', async () => {
    await using store = await serveStore()
    await using stream = await StreamReader.open(`${store.url}/webservice/escenic/changelog/sse`)
    expect((await request(store.url).delete('/__mock/clients')).body).toEqual({ closed: 1 })
    store.control.publishItem(801)
    await until(() => stream.ended, 'the stream ends')
    expect([stream.text, store.control.clients()]).toEqual(['', []])
  })

  it('a reset by the control API restores content, continues the ids, and keeps streams open', async () => {
    await using store = await serveStore({ announce: ['section'] })
    await using stream = await StreamReader.open(`${store.url}/webservice/escenic/changelog/sse`)
    const agent = request(store.url)
    const create = async () => (await agent.post('/__mock/items').send({ section: 22 })).body
    const first = await create()
    expect((await agent.post('/__mock/reset')).status).toBe(204)
    expect((await agent.get('/__mock/info')).body).toMatchObject({ items: 20, clients: 1 })
    const second = await create()
    expect(second.item.id).toBe(first.item.id + 1)
    expect(second.change.id).toBeGreaterThan(first.change.id)
    await stream.until(({ data }) => data.length === 2, 'an event before and one after the reset')

    expect((await agent.post('/__mock/reset').send({ closeStreams: true })).status).toBe(204)
    await until(() => stream.ended, 'the stream ends')
  })

  it.each([
    ['post', '/items', {}, 400, 'section: '],
    ['post', '/items', { section: 22, titel: 'A' }, 400, 'titel'],
    ['post', '/items', { section: 'x', title: 7 }, 400, 'title: '],
    ['post', '/items', { section: 77 }, 404, 'there is no section 77'],
    ['post', '/items', { section: 22, state: 'lost' }, 400, 'state: '],
    ['post', '/items', { section: 22, title: '\u0000' }, 400, 'U+0000'],
    ['patch', '/items/9999', {}, 404, 'content item 9999'],
    ['patch', '/items/x', {}, 400, 'item id: expected a whole number'],
    ['patch', '/items/801', { sections: [77] }, 400, 'section 77 does not exist'],
    ['delete', '/items/9999', undefined, 404, 'content item 9999'],
    ['post', '/sections', { count: 0 }, 400, 'count: '],
    ['post', '/sections', { count: 1e9 }, 400, 'count: '],
    ['post', '/sections', { parent: 77 }, 404, 'there is no section 77'],
    ['post', '/wait', {}, 400, 'for: '],
    ['post', '/wait', { for: 'rain' }, 400, 'for: '],
    ['post', '/wait', { for: 'clients', timeoutMs: 1e9 }, 400, 'timeoutMs: '],
    ['post', '/reset', { closeStream: true }, 400, 'closeStream'],
    ['post', '/nowhere', {}, 404, 'no POST /__mock/nowhere'],
    ['get', '/Info', undefined, 404, 'no GET /__mock/Info'],
    ['post', '/info', {}, 405, 'POST is not allowed here; try GET, HEAD, OPTIONS'],
    ['propfind', '/info', undefined, 405, 'PROPFIND is not allowed here'],
    ['get', '/info?colour=1', undefined, 400, 'colour'],
    ['get', '/items?count=0', undefined, 400, 'count: expected a whole number from 1 to 1000'],
    ['get', '/items?after=-1', undefined, 400, 'after: expected a whole number'],
    ['get', '/items?after=1&after=2', undefined, 400, 'after: '],
    ['get', '/items/%zz', undefined, 400, '%zz'],
    ['get', '/items/%00', undefined, 400, 'item id: expected a whole number'],
    ['delete', '/clients', { all: true }, 400, 'all'],
  ] as const)(
    'the control API answers %s %s %j with %i',
    async (method, path, body, status, detail) => {
      await using store = await serveStore()
      const response = await fetch(`${store.url}/__mock${path}`, {
        method: method.toUpperCase(),
        body: body === undefined ? null : JSON.stringify(body),
      })
      expect([response.status, await response.json()]).toEqual([
        status,
        expect.objectContaining({
          type: 'about:blank',
          status,
          detail: expect.stringContaining(detail),
        }),
      ])
      expect(store.control.info()).toMatchObject({ changeId: 5041, sections: 5 })
    },
  )

  it('the control API answers bad JSON and bodies over the limit with a problem document', async () => {
    await using store = await serveStore({ maxBodyBytes: 1_024 })
    const post = (body: string) =>
      request(store.url).post('/__mock/items').set('Content-Type', 'application/json').send(body)
    const broken = await post('{"section":')
    expect([broken.status, broken.type]).toEqual([400, 'application/problem+json'])
    expect(JSON.parse(broken.text)).toMatchObject({
      type: 'about:blank',
      title: 'bad-request',
      status: 400,
    })
    const large = await post(JSON.stringify({ section: 22, title: 'A'.repeat(2_000) }))
    expect([large.status, large.type, large.body.limit]).toEqual([
      413,
      'application/problem+json',
      'maxBodyBytes',
    ])
    const coded = await request(store.url)
      .post('/__mock/items')
      .set('Content-Encoding', 'zstd')
      .send('x')
    expect([coded.status, coded.type]).toEqual([415, 'application/problem+json'])
    const foreign = await request(store.url).get('/__mock/info').set('Host', 'rebound.example')
    expect([foreign.status, foreign.type]).toEqual([403, 'application/problem+json'])
  })

  it('the control API answers 405 with Allow', async () => {
    await using store = await serveStore()
    const response = await request(store.url).post('/__mock/info')
    expect([response.status, response.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const options = await request(store.url).options('/__mock/items')
    expect([options.status, options.headers['allow']]).toEqual([204, 'GET, HEAD, POST, OPTIONS'])
    expect((await request(store.url).head('/__mock/info')).status).toBe(200)
  })
})

describe('the guard of the control API', () => {
  it.each([
    [{ Host: 'rebound.example' }, 403],
    [{ Host: '127.0.0.1.example:80' }, 403],
    [{ Host: 'localhost', Origin: 'http://evil.example' }, 403],
    [{ Host: 'localhost', Origin: 'null' }, 403],
    [{ Host: 'localhost', Origin: 'http://localhost:1' }, 403],
    [{ Host: 'localhost', Origin: 'http://localhost', 'X-Mock-Page': '1' }, 204],
    [{ Host: 'localhost', Origin: 'http://localhost' }, 403],
    [{ Host: 'localhost', Origin: 'http://evil.example', 'X-Mock-Page': '1' }, 403],
    [{ Host: '[::1]:9' }, 204],
    [{ Host: '127.0.0.2' }, 204],
    [{ Host: 'store' }, 204],
    [{ Host: 'STORE:8080' }, 204],
    [{ Host: '[fd00::1]' }, 204],
    [{ Host: 'public.test' }, 204],
  ])(
    'the guard of the control API answers a reset with headers %j with %i',
    async (headers, status) => {
      await using store = await serveStore({
        allowHost: ['Store', '[FD00::0:1]'],
        publicUrl: 'http://public.test',
      })
      const response = await request(store.url).post('/__mock/reset').set(headers)
      expect(response.status).toBe(status)
    },
  )

  it.each([
    [{ Host: 'rebound.example' }, 403],
    [{ Host: 'localhost', Origin: 'http://evil.example' }, 403],
    [{ Host: 'localhost', Origin: 'http://localhost' }, 200],
  ])(
    'the guard of the control API answers a read with headers %j with %i',
    async (headers, status) => {
      await using store = await serveStore()
      const response = await request(store.url).get('/__mock/info').set(headers)
      expect(response.status).toBe(status)
      expect(response.headers).not.toHaveProperty('access-control-allow-origin')
    },
  )
})
