import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const SERVICE = '/webservice/escenic'
const REL = 'http://www.vizrt.com/types/relation'

describe('discovery', () => {
  it('discovery links from the start feed to the list of logs, a log and the event stream', async () => {
    await using store = await serveStore()
    const get = async (url: string) => {
      const response = await request(store.url)
        .get(url.slice(store.url.length))
        .auth(...TEST_LOGIN)
        .expect(200)
      return response.text
    }
    const start = readFeed(await get(`${store.url}${SERVICE}/section/ROOT/subsections`))
    expect(start.identifiers).toEqual(['1'])
    const list = await get(start.links.get(`${REL}/protection-domains`) ?? '')
    const hrefs = [
      ...list.matchAll(/relation\/changelog" href="([^"]+)" type="application\/atom\+xml"/g),
    ]
    expect(hrefs.map(([, href]) => href)).toEqual([
      `${store.url}${SERVICE}/changelog/person/1`,
      `${store.url}${SERVICE}/changelog/publication/1`,
      `${store.url}${SERVICE}/changelog/section/12`,
    ])
    const log = readFeed(await get(hrefs[1]?.[1] ?? ''))
    expect(log.links.get('event-stream')).toBe(`${store.url}${SERVICE}/changelog/sse`)
  })

  it('discovery lists the subsections of a section with their links', async () => {
    await using store = await serveStore()
    const below = await request(store.url)
      .get(`${SERVICE}/section/1/subsections`)
      .auth(...TEST_LOGIN)
      .expect(200)
    expect(readFeed(below.text).identifiers).toEqual(['12', '22'])
    for (const [rel, path] of [
      ['down', 'section/12/subsections'],
      [`${REL}/content-items`, 'section/12/content-items'],
      [`${REL}/changelog`, 'changelog/section/12'],
    ]) {
      expect(below.text).toContain(
        `rel="${rel}" href="${store.url}${SERVICE}/${path}" type="application/atom+xml"`,
      )
    }
  })

  it('discovery shows the field that makes a section a protection domain', async () => {
    await using store = await serveStore()
    const inherits = async (id: number) => {
      const { text } = await request(store.url)
        .get(`${SERVICE}/section/${id}`)
        .auth(...TEST_LOGIN)
        .expect(200)
      return /inheritAccess">\s*<vdf:value>(\w+)</.exec(text)?.[1]
    }
    expect(await inherits(12)).toBe('false')
    expect(await inherits(22)).toBe('true')
    await request(store.url)
      .get(`${SERVICE}/section/77`)
      .auth(...TEST_LOGIN)
      .expect(404)
  })

  it('discovery starts from the URL of a publication, with or without its slash', async () => {
    await using store = await serveStore()
    for (const path of ['publication/demo/', 'publication/demo']) {
      const { text } = await request(store.url)
        .get(`${SERVICE}/${path}`)
        .auth(...TEST_LOGIN)
        .expect(200)
      expect(text).toContain(
        `rel="${REL}/changelog" href="${store.url}${SERVICE}/changelog/publication/1"`,
      )
      expect(text).toContain(`rel="down" href="${store.url}${SERVICE}/section/1/subsections"`)
    }
    const { status } = await request(store.url)
      .get(`${SERVICE}/publication/1`)
      .auth(...TEST_LOGIN)
    expect(status).toBe(404)
  })

  it('discovery serves every link of the start feed', async () => {
    await using store = await serveStore()
    const start = await request(store.url)
      .get(`${SERVICE}/section/ROOT/subsections`)
      .auth(...TEST_LOGIN)
    const hrefs = [...start.text.matchAll(/href="([^"]+)" type="application\/atom/g)].map(
      ([, href = '']) => href,
    )
    expect(hrefs.length).toBeGreaterThan(8)
    for (const href of hrefs) {
      const { status } = await request(store.url)
        .get(href.slice(store.url.length))
        .auth(...TEST_LOGIN)
      expect([href, status]).toEqual([href, 200])
    }
  })

  it('discovery returns an empty feed for the collection of a section’s items', async () => {
    await using store = await serveStore()
    const { text } = await request(store.url)
      .get(`${SERVICE}/section/12/content-items`)
      .auth(...TEST_LOGIN)
      .expect(200)
    const feed = readFeed(text)
    expect(feed.identifiers).toEqual([])
    expect(feed.title).toBe('Content items for section with dbid="12"')
  })

  it('discovery names the user in the list of logs', async () => {
    await using store = await serveStore({ acceptAnyLogin: true })
    const { text } = await request(store.url)
      .get(`${SERVICE}/changelog`)
      .auth('<b>&', 'x')
      .expect(200)
    expect(readFeed(text).title).toBe('Change logs accessible to <b>&')
  })

  it('discovery answers HEAD like GET, without a body', async () => {
    await using store = await serveStore()
    for (const path of [
      '/webservice/index.xml',
      `${SERVICE}/changelog`,
      `${SERVICE}/section/ROOT/subsections`,
    ]) {
      const response = await request(store.url)
        .head(path)
        .auth(...TEST_LOGIN)
      const { status, text } = response
      const isXml = /^application\/(atom\+)?xml/.test(String(response.headers['content-type']))
      expect({ path, status, text, isXml }).toEqual({
        path,
        status: 200,
        text: undefined,
        isXml: true,
      })
    }
  })

  it('discovery answers 405 with Allow', async () => {
    await using store = await serveStore()
    const response = await request(store.url)
      .post(`${SERVICE}/changelog`)
      .auth(...TEST_LOGIN)
      .expect(405)
    expect(response.headers['allow']).toBe('GET, HEAD, OPTIONS')
  })

  it('an unknown path is answered 404 with the URL where the web service starts', async () => {
    await using store = await serveStore()
    const response = await request(store.url)
      .get('/webservice/changelog')
      .auth(...TEST_LOGIN)
      .expect(404)
    expect(response.text).toContain('/webservice/escenic/section/ROOT/subsections')
    await request(store.url).get('/').expect(404)
  })
})
