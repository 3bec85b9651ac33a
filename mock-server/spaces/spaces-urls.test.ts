import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { demoSeed } from '../content/seed.ts'
import type { MockContentStore } from '../start.ts'
import { crawl, urlsIn } from '../testing/crawl.ts'
import { entry } from '../testing/item-client.ts'
import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const PUBLIC_URL = 'https://cms.test/base'
const SERVICE = '/webservice/escenic'
const STARTS = [
  '/webservice/index.xml',
  `${SERVICE}/changelog`,
  `${SERVICE}/section/12/lists`,
  `${SERVICE}/lock/article/801`,
  '/live-center-editorial/event/18',
  '/live-center-presentation-webservice/event/18',
]

/** With few items, because each has many documents. */
const demo = demoSeed()
const seed = { ...demo, items: demo.items.filter(({ id }) => [798, 800, 801].includes(id)) }

let store: MockContentStore
let publicStore: MockContentStore
beforeAll(async () => {
  store = await serveStore({ seed, space: ['a', 'b'] })
  publicStore = await serveStore({ seed, publicUrl: PUBLIC_URL, space: ['a'] })
})
afterAll(async () => {
  await store.close()
  await publicStore.close()
})

/** Below `base`: makes one of everything, and returns where each is. */
async function makeOneOfEach(base: string): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>()
  const post = async (what: string, path: string, type: string, body: string) => {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('user:password')}`, 'content-type': type },
      body,
    })
    expect([what, response.status]).toEqual([what, 201])
    made.set(what, response.headers.get('location') ?? '')
  }
  const atom = 'application/atom+xml'
  await post('binary', `${SERVICE}/binary`, 'image/png', 'bytes')
  const payload =
    `<content type="application/vnd.vizrt.payload+xml"><vdf:payload xmlns:vdf="http://www.vizrt.com/types" model="${base}${SERVICE}/publication/demo/model/content-type/picture">` +
    `<vdf:field name="binary"><link rel="edit-media" href="${made.get('binary')}"/></vdf:field></vdf:payload></content>`
  await post(
    'item',
    `${SERVICE}/section/12/content-items`,
    atom,
    entry(`<title>With a file</title>${payload}`),
  )
  const lock = `<title>Lock</title><summary>Mine</summary>`
  await post('lock', `${SERVICE}/lock/article/801`, atom, entry(lock))
  await post('live entry', '/live-center-editorial/event/18/entries', 'application/json', '{}')
  return made
}

async function readItem({ url }: MockContentStore, host: string) {
  const answer = await fetch(`${url}${SERVICE}/content/801`, {
    headers: { authorization: `Basic ${btoa('user:password')}`, 'x-forwarded-host': host },
  })
  const text = await answer.text()
  return { text, urls: urlsIn(text) }
}

describe('the URLs of a space', () => {
  it('every URL of every document of a space, of its stream and of its answers is in the space', async () => {
    const base = `${store.url}/space/a`
    await using stream = await StreamReader.open(`${base}${SERVICE}/changelog/sse`)
    await using live = await StreamReader.open(`${base}/live-center-editorial/changelog/sse`)
    const made = await makeOneOfEach(base)
    for (const url of made.values()) expect(url.startsWith(`${base}/`)).toBe(true)
    await stream.until(({ data }) => data.length === 2, 'two events of the new item')
    await live.until(({ data }) => data.length === 1, 'one event of the new live entry')
    const events = [...stream.data, ...live.data]
    for (const url of events) expect(url.startsWith(`${base}/`)).toBe(true)

    const starts = [...made.values(), ...events].map((url) => url.slice(base.length))
    const { read, outside, broken } = await crawl(base, [...STARTS, ...starts])
    expect(outside).toEqual([])
    expect(broken).toEqual([])
    for (const part of [
      '/section/ROOT/',
      '/content/801',
      '/content/state/',
      '/list-pool/handle/',
      '/model/',
      '/person/',
      '/binary/',
      '/lock/article/',
      '/changelog/sse',
      '/after/',
      '/before/',
    ]) {
      expect(
        read.some((path) => path.includes(part)),
        part,
      ).toBe(true)
    }
  })

  it('every URL begins with the public URL, in the default space and in a space', async () => {
    const inDefault = await crawl(PUBLIC_URL, STARTS, publicStore.url)
    expect(inDefault.outside).toEqual([])
    expect(inDefault.broken).toEqual([])
    const inSpace = await crawl(`${PUBLIC_URL}/space/a`, STARTS, `${publicStore.url}/space/a`)
    expect(inSpace.outside).toEqual([])
    expect(inSpace.read.length).toBe(inDefault.read.length)
  })

  it('a space accepts every URL that it gave to a client', async () => {
    const base = `${store.url}/space/b`
    const headers = { authorization: `Basic ${btoa('user:password')}` }
    const item = await fetch(`${base}${SERVICE}/content/801`, { headers })
    const put = await fetch(`${base}${SERVICE}/content/801`, {
      method: 'PUT',
      headers: {
        ...headers,
        'content-type': 'application/atom+xml',
        'if-match': item.headers.get('etag') ?? '',
      },
      body: await item.text(),
    })
    expect(put.status).toBe(204)
    const listed = await fetch(`${base}${SERVICE}/list-pool/62`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/uri-list' },
      body: `${base}${SERVICE}/content/800\r\n`,
    })
    expect(listed.ok).toBe(true)
    expect(store.spaces.get('b').control.lists()[1]?.itemIds).toEqual([800])
  })

  it('requests for a host of a space need no prefix, and their URLs have none', async () => {
    const { control } = store.spaces.create('hosted', { hosts: ['qa.test'] })
    control.updateItem(801, { title: 'Only here' })
    const { text, urls } = await readItem(store, 'QA.test:81')
    expect(text).toContain('Only here')
    for (const url of urls) expect(url).toMatch(/^http:\/\/QA\.test:81\/(?!space)/)
    // The default space is not affected.
    expect((await readItem(store, 'other.test')).text).not.toContain('Only here')
  })

  it('URLs for a host of a space begin with the public URL and the path of the space', async () => {
    publicStore.spaces.create('hosted', { hosts: ['qa.test'] })
    const { urls } = await readItem(publicStore, 'qa.test')
    for (const url of urls) expect(url.startsWith(`${PUBLIC_URL}/space/hosted/`)).toBe(true)
  })

  it('urlsIn finds URLs that are absolute, and paths from the root', () => {
    const text = `<a href="http://h/x?a=1&amp;b" b='/y'/><i xmlns="http://www.w3.org/2005/Atom">/z</i>`
    expect(urlsIn(text)).toEqual(['http://h/x?a=1&b', '/y', '/z'])
  })
})
