import request from 'supertest'
import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const SERVICE = '/webservice/escenic'
const ATOM = 'application/atom+xml'
const NAMESPACES =
  'xmlns="http://www.w3.org/2005/Atom" xmlns:app="http://www.w3.org/2007/app" xmlns:vaext="http://www.vizrt.com/atom-ext" ' +
  'xmlns:metadata="http://xmlns.escenic.com/2010/atom-metadata"'
const PAYLOAD =
  '<vdf:payload xmlns:vdf="http://www.vizrt.com/types" model="http://cs.test/webservice/escenic/publication/demo/model/content-type/news">' +
  '<vdf:field name="body"><vdf:value><div xmlns="http://www.w3.org/1999/xhtml"><p><b>A</b> <i>&amp;</i></p></div></vdf:value></vdf:field></vdf:payload>'

function entry(inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><entry ${NAMESPACES}>${inner}</entry>`
}

function control(inner: string): string {
  return `<app:control>${inner}</app:control>`
}

function post({ url }: MockContentStore, body: string | Buffer, type: string = ATOM) {
  return request(url)
    .post(`${SERVICE}/section/22/content-items`)
    .auth(...TEST_LOGIN)
    .set('Content-Type', type)
    .send(body)
}

function put({ url }: MockContentStore, id: number, body: string, ifMatch?: string) {
  const sent = request(url)
    .put(`${SERVICE}/content/${id}`)
    .auth(...TEST_LOGIN)
    .set('Content-Type', ATOM)
  return (ifMatch === undefined ? sent : sent.set('If-Match', ifMatch)).send(body)
}

function get({ url }: MockContentStore, id: number) {
  return request(url)
    .get(`${SERVICE}/content/${id}`)
    .auth(...TEST_LOGIN)
}

describe('POST to a section', () => {
  it('creates an item, says where, and puts it at the top of its logs', async () => {
    await using store = await serveStore()
    const created = await post(
      store,
      entry(`<title type="text">Hello &amp; good bye</title><content>${PAYLOAD}</content>`),
    )
    expect(created.status).toBe(201)
    expect(created.headers['location']).toBe(`${store.url}${SERVICE}/content/802`)
    const { text } = await get(store, 802).expect(200)
    expect(text).toContain('<title type="text">Hello &amp; good bye</title>')
    expect(text).toContain(`<content type="application/vnd.vizrt.payload+xml">${PAYLOAD}</content>`)
    const log = await request(store.url)
      .get(`${SERVICE}/changelog/section/22?count=1`)
      .auth(...TEST_LOGIN)
    expect(readFeed(log.text).identifiers).toEqual(['802'])
  })

  it.each([
    ['nothing is said', '', 'draft'],
    ['it is a draft', control('<app:draft>yes</app:draft>'), 'draft'],
    ['it is no draft', control('<app:draft>no</app:draft>'), 'published'],
    ['a state is named', control('<vaext:state> submitted </vaext:state>'), 'submitted'],
    [
      'both are said',
      control('<app:draft>no</app:draft><vaext:state name="draft">approved</vaext:state>'),
      'approved',
    ],
  ])('starts in the right state when %s', async (_what, inner, state) => {
    await using store = await serveStore()
    await post(store, entry(`<title>A</title>${inner}`)).expect(201)
    expect((await get(store, 802)).text).toContain(`name="${state}"`)
  })

  it('takes the media type with parameters, in any spacing', async () => {
    await using store = await serveStore()
    for (const type of [
      'application/atom+xml;type=entry',
      'Application/Atom+XML; type=entry; charset=utf-8',
    ]) {
      const { status } = await post(store, entry('<title>A</title>'), type)
      expect([type, status]).toEqual([type, 201])
    }
  })

  it.each([
    ['no body', '', 400, 'the body is empty'],
    ['text', 'hello', 400, 'not well-formed XML'],
    [
      'an open tag',
      '<entry xmlns="http://www.w3.org/2005/Atom"><title>',
      400,
      'not well-formed XML',
    ],
    ['two roots', '<a/><b/>', 400, 'not well-formed XML'],
    ['a bare ampersand', entry('<title>A & B</title>'), 400, 'an ampersand must be written &amp;'],
    [
      'an unknown entity',
      entry('<title>&nbsp;</title>'),
      400,
      'an ampersand must be written &amp;',
    ],
    ['a control character', entry('<title>&#1;</title>'), 400, 'U+0001'],
    [
      'a control character in the payload',
      entry(`<content>${PAYLOAD.replace('A', '&#11;')}</content>`),
      400,
      'U+000B',
    ],
    ['the wrong root', '<feed xmlns="http://www.w3.org/2005/Atom"/>', 400, 'expected an entry'],
    [
      'the wrong namespace',
      '<entry xmlns="http://example.com/"/>',
      400,
      'got entry in http://example.com/',
    ],
    ['no namespace', '<entry/>', 400, 'got entry in no namespace'],
    ['an unknown state', entry(control('<vaext:state>lost</vaext:state>')), 400, 'not "lost"'],
    ['a wrong draft flag', entry(control('<app:draft>maybe</app:draft>')), 400, 'not "maybe"'],
    [
      'a DOCTYPE',
      '<!DOCTYPE entry><entry xmlns="http://www.w3.org/2005/Atom"/>',
      400,
      'a DOCTYPE is not accepted',
    ],
    [
      'an entity that names a file',
      `<!DOCTYPE entry [<!ENTITY x SYSTEM "file:///etc/passwd">]>${entry('<title>&x;</title>').slice(38)}`,
      400,
      'five entities',
    ],
    [
      'bottomless nesting',
      entry('<a>'.repeat(5_000) + '</a>'.repeat(5_000)),
      400,
      'nested deeper than 100',
    ],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0xff, 0x3e]), 400, 'not UTF-8'],
    ['a body over the limit', entry(`<title>${'A'.repeat(3_000)}</title>`), 413, 'too large'],
  ])('refuses %s and changes nothing', async (_what, body, status, message) => {
    await using store = await serveStore({ maxBodyBytes: body.length > 30_000 ? 1_048_576 : 2_048 })
    const response = await post(store, body)
    expect([response.status, response.type]).toEqual([status, 'text/plain'])
    expect(response.text).toContain(message)
    expect(store.control.info()).toMatchObject({ changeId: 5041, items: 20 })
  })

  it('takes markup that only looks forbidden', async () => {
    await using store = await serveStore()
    const text = '<![CDATA[<!DOCTYPE html> & <!ENTITY> &nbsp;]]><!-- & -->'
    await post(store, entry(`<?x & ?><title>${text}</title>`)).expect(201)
    expect((await get(store, 802)).text).toContain(
      '&lt;!DOCTYPE html&gt; &amp; &lt;!ENTITY&gt; &amp;nbsp;',
    )
  })

  it('checks an open CDATA section a hundred thousand times over in linear time', async () => {
    await using store = await serveStore()
    const started = performance.now()
    const { status } = await post(store, entry('<![CDATA['.repeat(100_000)))
    expect(status).toBe(400)
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  it('refuses another media type, an unknown section, and a section that is no number', async () => {
    await using store = await serveStore()
    const to = (id: string) => {
      const sent = request(store.url)
        .post(`${SERVICE}/section/${id}/content-items`)
        .auth(...TEST_LOGIN)
      return sent.set('Content-Type', ATOM).send(entry('<title>A</title>'))
    }
    expect((await post(store, '{}', 'application/json')).status).toBe(415)
    expect((await to('77')).status).toBe(404)
    expect((await to('x')).status).toBe(400)
    expect(store.control.info().changeId).toBe(5041)
  })
})

describe('PUT of an item', () => {
  it('changes what the entry says, keeps the rest, and moves the item to the top', async () => {
    await using store = await serveStore()
    const before = await get(store, 783)
    const etag = String(before.headers['etag'])
    expect(etag).toMatch(/^"[\da-f]{27}"$/)
    const changed = await put(
      store,
      783,
      before.text.replace('Season opens in the rain', 'Season opens'),
      etag,
    )
    expect([changed.status, changed.text]).toEqual([204, ''])
    const after = await get(store, 783)
    expect(after.text).toContain('>Season opens</title>')
    expect(after.text).toContain('name="published"')
    expect(after.headers['etag']).toBe(changed.headers['etag'])
    expect(after.headers['etag']).not.toBe(etag)
    const log = await request(store.url)
      .get(`${SERVICE}/changelog/publication/1?count=1`)
      .auth(...TEST_LOGIN)
    expect(readFeed(log.text).identifiers).toEqual(['783'])
  })

  it('takes * and a list of tags', async () => {
    await using store = await serveStore()
    const etag = String((await get(store, 801)).headers['etag'])
    expect((await put(store, 801, entry('<title>A</title>'), `"other", ${etag}`)).status).toBe(204)
    expect((await put(store, 801, entry('<title>A</title>'), '*')).status).toBe(204)
  })

  it('refuses a stale or missing ETag and changes nothing', async () => {
    await using store = await serveStore()
    const etag = String((await get(store, 801)).headers['etag'])
    store.control.updateItem(801, { title: 'Somebody else’s' })
    const stale = await put(store, 801, entry('<title>Mine</title>'), etag)
    expect([stale.status, stale.text]).toEqual([412, expect.stringContaining('GET it again')])
    const missing = await put(store, 801, entry('<title>Mine</title>'))
    expect([missing.status, missing.text]).toEqual([
      412,
      expect.stringContaining('If-Match is missing'),
    ])
    expect((await get(store, 801)).text).toContain('Somebody else’s')
  })

  it.each([
    ['published', '<app:draft>yes</app:draft>', 'draft-published'],
    ['published', '<app:draft>no</app:draft>', 'published'],
    ['submitted', '<app:draft>yes</app:draft>', 'submitted'],
    [
      'submitted',
      '<app:draft>yes</app:draft><vaext:state name="submitted">published</vaext:state>',
      'published',
    ],
    ['submitted', '<vaext:state name="published"/>', 'submitted'],
    ['published', '<vaext:state>deleted</vaext:state>', 'deleted'],
  ] as const)('leads from %s by %s to %s', async (state, inner, next) => {
    await using store = await serveStore()
    store.control.updateItem(801, { state })
    await put(store, 801, entry(control(inner)), '*').expect(204)
    expect((await get(store, 801)).text).toContain(`name="${next}"`)
  })

  it('moves the item to the sections that it links to, home section first', async () => {
    await using store = await serveStore()
    const rel = 'http://www.vizrt.com/types/relation'
    const links = `<link rel="${rel}/section" href="http://x/section/22"/><link rel="${rel}/home-section" href="http://x/section/24"/>`
    await put(
      store,
      801,
      entry(`<metadata:publication>${links}</metadata:publication>`),
      '*',
    ).expect(204)
    const response = await request(store.url)
      .get(`${SERVICE}/content/801`)
      .auth(...TEST_LOGIN)
    expect(response.text).toMatch(
      /home-section" href="[^"]+section\/24"[\s\S]*relation\/section" href="[^"]+section\/22"/,
    )
    const lost = await put(
      store,
      801,
      entry(`<metadata:publication>${links.replace('22', '77')}</metadata:publication>`),
      '*',
    )
    expect([lost.status, lost.text]).toEqual([400, 'section 77 does not exist\n'])
  })

  it('answers with another status on request', async () => {
    await using store = await serveStore({ putStatus: 200, deleteStatus: 204 })
    expect((await put(store, 801, entry(''), '*')).status).toBe(200)
    expect(
      (
        await request(store.url)
          .delete(`${SERVICE}/content/801`)
          .auth(...TEST_LOGIN)
      ).status,
    ).toBe(204)
  })
})

describe('DELETE of an item', () => {
  it('leaves it in state deleted, at the top of its logs', async () => {
    await using store = await serveStore()
    const remove = () =>
      request(store.url)
        .delete(`${SERVICE}/content/783`)
        .auth(...TEST_LOGIN)
    expect((await remove()).status).toBe(200)
    const { text } = await get(store, 783).expect(200)
    expect(text).toContain('name="deleted"')
    expect(text).toContain('<app:draft>yes</app:draft>')
    const log = await request(store.url)
      .get(`${SERVICE}/changelog/section/22?count=1`)
      .auth(...TEST_LOGIN)
    expect(readFeed(log.text).identifiers).toEqual(['783'])
    expect((await remove()).status).toBe(404)
  })

  it('answers 404 for an item that never was and 405 for a method that is none', async () => {
    await using store = await serveStore()
    expect((await get(store, 9_999)).status).toBe(404)
    const patched = await request(store.url)
      .patch(`${SERVICE}/content/801`)
      .auth(...TEST_LOGIN)
    expect([patched.status, patched.headers['allow']]).toEqual([405, 'GET, HEAD, PUT, DELETE'])
  })
})
