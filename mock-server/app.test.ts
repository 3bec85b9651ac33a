import { readFileSync } from 'node:fs'

import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { RawClient, rawRequest } from './testing/raw-client.ts'
import { serveStore, TEST_LOGIN } from './testing/serve-store.ts'

const SERVICE = '/webservice/escenic'

/** Every path of the store, and the methods that it knows. */
const ROUTES = [
  ['/webservice/index.xml', 'GET, HEAD'],
  [`${SERVICE}/section/ROOT/subsections`, 'GET, HEAD'],
  [`${SERVICE}/section`, 'GET, HEAD, POST'],
  [`${SERVICE}/section/12`, 'GET, HEAD, PUT'],
  [`${SERVICE}/section/12/subsections`, 'GET, HEAD, POST'],
  [`${SERVICE}/section/12/lists`, 'GET, HEAD'],
  [`${SERVICE}/section/12/inboxes`, 'GET, HEAD'],
  [`${SERVICE}/list-pool/61`, 'GET, HEAD, POST'],
  [`${SERVICE}/list-pool/handle/1`, 'GET, HEAD, PUT, POST, DELETE'],
  [`${SERVICE}/section/12/content-items`, 'GET, HEAD, POST'],
  [`${SERVICE}/publication/demo/`, 'GET, HEAD'],
  [`${SERVICE}/publication/demo/model/com.escenic.section`, 'GET, HEAD'],
  [`${SERVICE}/publication/demo/model/content-type/story`, 'GET, HEAD'],
  [`${SERVICE}/changelog`, 'GET, HEAD'],
  [`${SERVICE}/changelog/section/12`, 'GET, HEAD'],
  [`${SERVICE}/changelog/section/12/before/9`, 'GET, HEAD'],
  [`${SERVICE}/changelog/section/12/after/9`, 'GET, HEAD'],
  [`${SERVICE}/changelog/sse`, 'GET, HEAD'],
  [`${SERVICE}/content/801`, 'GET, HEAD, PUT, DELETE'],
  [`${SERVICE}/content/801/log`, 'GET, HEAD'],
  [`${SERVICE}/content/state/published/editor`, 'GET, HEAD'],
  [`${SERVICE}/lock/article/801`, 'GET, HEAD, POST'],
  [`${SERVICE}/lock/article/801/private/1`, 'GET, HEAD, DELETE'],
  [`${SERVICE}/binary`, 'POST'],
  [`${SERVICE}/binary/-1/2024/5/2/8/a.bin`, 'GET, HEAD'],
  [`${SERVICE}/person`, 'GET, HEAD, POST'],
  [`${SERVICE}/person/6`, 'GET, HEAD, PUT, DELETE'],
  ['/live-center-editorial/event/18/entries', 'GET, HEAD, POST'],
  ['/live-center-presentation-webservice/event/18/entries', 'GET, HEAD'],
  ['/newsgate/events', 'GET, HEAD'],
  ['/__mock/info', 'GET, HEAD'],
  ['/__mock/faults', 'GET, HEAD, PUT, DELETE'],
  ['/__mock/items/801', 'GET, HEAD, PATCH, DELETE'],
] as const

describe('the store', () => {
  it.each(ROUTES)('the store answers OPTIONS %s by 204 with Allow: %s', async (path, methods) => {
    await using store = await serveStore()
    const options = await request(store.url)
      .options(path)
      .auth(...TEST_LOGIN)
    expect([options.status, options.headers['allow'], options.text]).toEqual([
      204,
      `${methods}, OPTIONS`,
      '',
    ])
    const patched = await request(store.url)
      .purge(path)
      .auth(...TEST_LOGIN)
    expect([patched.status, patched.headers['allow']]).toEqual([405, `${methods}, OPTIONS`])
  })

  it('the store answers OPTIONS * by 204, and OPTIONS of an unknown path by 404', async () => {
    await using store = await serveStore()
    using client = await RawClient.connect(store.port)
    client.send(rawRequest('OPTIONS', '*'))
    await client.read('HTTP/1.1 204')
    const lost = await request(store.url)
      .options('/webservice/nowhere')
      .auth(...TEST_LOGIN)
    expect(lost.status).toBe(404)
  })

  it.each(ROUTES)('the store does not know %s in another case', async (path) => {
    await using store = await serveStore()
    const segments = path.split('/')
    const firstName = segments.findIndex((segment) => segment !== '')
    // States and roles are values, not names of routes.
    const lastName = segments.findLastIndex((segment) => /^(?!published|editor)[a-z]/.test(segment))
    for (const at of [firstName, lastName]) {
      const other = segments.with(at, segments[at]?.toUpperCase() ?? '').join('/')
      const { status } = await request(store.url)
        .get(other)
        .auth(...TEST_LOGIN)
      expect([other, status]).toEqual([other, 404])
    }
  })

  it.each([
    ['/webservice/open-search/escenic/22/content-search-description.xml', 'search'],
    ['/webservice/publication/demo/search/escenic/22/cat/', 'search'],
    [`${SERVICE}/publication/demo/search/22/cat/`, 'search'],
    [`${SERVICE}/section/search/news`, 'search'],
    ['/webservice/thumbnail/article/801', 'thumbnails'],
    [`${SERVICE}/section/12/pages`, 'section pages'],
    [`${SERVICE}/section/12/active-page`, 'section pages'],
    [`${SERVICE}/content/preview`, 'previews'],
    [`${SERVICE}/classification`, 'tags'],
    [`${SERVICE}/video/mediaStatusSSE`, 'the media status stream'],
    ['/webservice/images/ece.ico', 'images of the user interface'],
  ])('the store answers 404 to %s and says that it does not imitate %s', async (path, part) => {
    await using store = await serveStore()
    const agent = request(store.url)
    for (const sent of [agent.get(path), agent.post(path)]) {
      const { status, text } = await sent.auth(...TEST_LOGIN)
      expect([status, text]).toEqual([
        404,
        `${part}: not imitated by this store; see "Not imitated" in docs/compatibility.md\n`,
      ])
    }
    const page = readFileSync(new URL('../docs/compatibility.md', import.meta.url), 'utf8')
    expect(page.slice(page.indexOf('## Not imitated'))).toContain(`| ${part} |`)
  })
})
