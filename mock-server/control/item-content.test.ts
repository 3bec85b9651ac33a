import request from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { demoSeed } from '../content/seed.ts'
import { ContentStore } from '../content/store.ts'
import type { MockContentStore } from '../start.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { generateItems } from './generate-items.ts'

const SERVICE = '/webservice/escenic'
const VDF = 'http://www.vizrt.com/types'

let store: MockContentStore
beforeAll(async () => {
  store = await serveStore({ space: ['a'] })
})
afterAll(() => store.close())

/** The entry of an item, as the web service below `path` shows it. */
async function entryOf(id: number, path = ''): Promise<string> {
  const answer = await request(store.url + path)
    .get(`${SERVICE}/content/${id}`)
    .auth(...TEST_LOGIN)
  expect(answer.status).toBe(200)
  return answer.text
}

async function create(body: object, path = '') {
  return request(store.url + path)
    .post('/__mock/items')
    .send(body)
}

const mix = { sections: [12, 22], types: ['story', 'news'], states: { published: 3, draft: 1 } }

async function generate(body: object) {
  return request(store.url).post('/__mock/items/generate').send(body)
}

async function drawn(seed: number) {
  const { body } = await generate({ count: 40, seed, ...mix })
  return body.itemIds.map((id: number) => {
    const { title, sectionIds, type, state } = store.control.item(id)
    return { title, sectionIds, type, state }
  })
}

const contentOfDemo = new ContentStore({ seed: demoSeed(), now: () => new Date(0) })

describe('/__mock/items', () => {
  it('POST /__mock/items with fields makes the payload that a client would send', async () => {
    const answer = await create({
      section: 12,
      sections: [22],
      type: 'news',
      fields: {
        title: 'Rain & wind',
        body: { xhtml: '<p>A <b>storm</b>.</p>' },
        keywords: ['rain', 'a<b'],
      },
    })
    expect(answer.status).toBe(201)
    expect(answer.body.item).toMatchObject({
      title: 'Rain & wind',
      type: 'news',
      sectionIds: [12, 22],
    })
    expect(await entryOf(answer.body.item.id)).toContain(
      `<vdf:payload xmlns:vdf="${VDF}" model="${store.url}${SERVICE}/publication/demo/model/content-type/news">` +
        '<vdf:field name="title"><vdf:value>Rain &amp; wind</vdf:value></vdf:field>' +
        '<vdf:field name="body"><vdf:value><div xmlns="http://www.w3.org/1999/xhtml"><p>A <b>storm</b>.</p></div></vdf:value></vdf:field>' +
        '<vdf:field name="keywords"><vdf:list><vdf:value>rain</vdf:value><vdf:value>a&lt;b</vdf:value></vdf:list></vdf:field>' +
        '</vdf:payload>',
    )
  })

  it('a payload of fields has its model in the space of the request', async () => {
    const { body } = await create({ section: 12, fields: { title: 'T' } }, '/space/a')
    expect(await entryOf(body.item.id, '/space/a')).toContain(
      `model="${store.url}/space/a${SERVICE}/publication/demo/model/content-type/story"`,
    )
  })

  it('POST /__mock/items with a payload keeps it, and takes type and title from it', async () => {
    const payload = `<v:payload xmlns:v="${VDF}" model="http://cs/x/model/content-type/video"><v:field name="title"><v:value>Film</v:value></v:field></v:payload>`
    const { body } = await create({ section: 12, payload })
    expect(body.item).toMatchObject({ title: 'Film', type: 'video', payload })
    expect(await entryOf(body.item.id)).toContain(payload)
  })

  it('PATCH /__mock/items replaces the content, and a new title changes its field', async () => {
    const { body } = await create({ section: 12, fields: { title: 'One', x: 'y' } })
    const path = `/__mock/items/${body.item.id}`
    const titled = await request(store.url).patch(path).send({ title: 'Two' })
    expect(titled.body.item.payload).toContain('<vdf:value>Two</vdf:value>')
    const filled = await request(store.url)
      .patch(path)
      .send({ fields: { title: 'Three' } })
    expect(filled.body.item.title).toBe('Three')
    expect(filled.body.item.payload).not.toContain('name="x"')
  })

  it.each([
    [{ fields: {}, payload: '<a/>' }, 'give fields or a payload, not both'],
    [{ payload: '<a/>' }, 'payload: expected one element payload'],
    [{ payload: `<p:payload xmlns:p="${VDF}">` }, 'not well-formed'],
    [{ fields: { body: { xhtml: '<p>' } } }, 'not well-formed'],
    [{ fields: { 'a b': 'x' } }, 'fields.a b'],
    [{ fields: { a: 'nul \u0000' } }, 'U+0000'],
    [{ type: 'novel', fields: {} }, 'has the content types'],
    [
      {
        payload: `<p:payload xmlns:p="${VDF}"><link rel="edit-media" href="http://h${SERVICE}/binary/x"/></p:payload>`,
      },
      'edit-media: there is no',
    ],
  ])('POST /__mock/items of %j is refused', async (body, detail) => {
    const answer = await create({ section: 12, ...body })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(answer.body.detail).toContain(detail)
  })
})

describe('/__mock/items/generate', () => {
  it('every client sees a change for each generated item', async () => {
    await using stream = await StreamReader.open(`${store.url}${SERVICE}/changelog/sse`)
    const { status, body } = await generate({ count: 120, ...mix })
    expect(status).toBe(201)
    expect(body.itemIds).toHaveLength(120)
    await stream.until(({ data }) => data.length === 240, 'two events of each item')
    const log = await request(store.url)
      .get(`${SERVICE}/changelog/publication/1?count=1`)
      .auth(...TEST_LOGIN)
    expect(log.text).toContain(`/content/${body.itemIds.at(-1)}<`)
    expect(body.changes.last).toBe(store.control.info().changeId)
  })

  it('POST /__mock/items/generate with the same seed generates the same titles, sections, types and states', async () => {
    const [first, again, other] = [await drawn(7), await drawn(7), await drawn(8)]
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
    expect(new Set(first.map(({ state }: { state: string }) => state))).toEqual(
      new Set(['published', 'draft']),
    )
    expect(
      new Set(first.flatMap(({ sectionIds }: { sectionIds: number[] }) => sectionIds)),
    ).toEqual(new Set([12, 22]))
  })

  it('generated items have a payload on request, whose title is that of the item', async () => {
    const { body } = await generate({ count: 2, payload: true })
    const { title, payload } = store.control.item(body.itemIds[0])
    expect(payload).toContain(`<vdf:field name="title"><vdf:value>${title}</vdf:value>`)
    expect(await entryOf(body.itemIds[0])).toContain('<p>')
  })

  it.each([
    ['until it has read', 3, [50, 50, 50, 50, 100]],
    ['for a limited time', Infinity, [50, 50, 50, 50, 50, 100]],
  ])(
    'POST /__mock/items/generate waits for a client that reads slowly, %s',
    async (_how, slowLooks, seen) => {
      const madeAt: number[] = []
      let made = 0
      const hub = {
        get largestBacklog() {
          madeAt.push(made)
          return madeAt.length <= slowLooks ? 600 : 500
        },
      }
      const titleField = 'title'
      const count = () => ({ itemId: (made += 1), changeId: made })
      const deps = {
        store: contentOfDemo,
        hub,
        titleField,
        maxStreamBufferBytes: 1_000,
        create: count,
      }
      await generateItems({ ...deps, maxPausesMs: 20 }, { count: 100 })
      expect(madeAt.slice(0, seen.length)).toEqual(seen)
    },
  )

  it.each([
    [{}, 400, 'count'],
    [{ count: 10_001 }, 400, 'count'],
    [{ count: 1, sections: [99] }, 404, 'there is no section 99'],
    [{ count: 1, types: ['novel'] }, 400, 'types: publication'],
    [{ count: 1, states: { published: 0 } }, 400, 'states: expected a number above 0'],
    [{ count: 1, states: { gone: 1 } }, 400, 'states'],
  ])(
    'POST /__mock/items/generate of %j is answered by %i and creates nothing',
    async (body, status, detail) => {
      const before = store.control.info().items
      const answer = await generate(body)
      expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(detail)])
      expect(store.control.info().items).toBe(before)
    },
  )
})
