import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { control, entry, get, PAYLOAD, post } from '../testing/item-client.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const SERVICE = '/webservice/escenic'
const ATOM = 'application/atom+xml'

describe('POST to a section', () => {
  it('POST to a section creates an item, returns its URL, and puts it at the top of its logs', async () => {
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
    ['the entry has no state', '', 'draft'],
    ['it is a draft', control('<app:draft>yes</app:draft>'), 'draft'],
    ['it is not a draft', control('<app:draft>no</app:draft>'), 'published'],
    ['a state is named', control('<vaext:state> submitted </vaext:state>'), 'submitted'],
    [
      'it has both',
      control('<app:draft>no</app:draft><vaext:state name="draft">approved</vaext:state>'),
      'approved',
    ],
  ])(
    'POST to a section creates an item in the right state when %s',
    async (_what, inner, state) => {
      await using store = await serveStore()
      await post(store, entry(`<title>A</title>${inner}`)).expect(201)
      expect((await get(store, 802)).text).toContain(`name="${state}"`)
    },
  )

  it('POST to a section accepts the media type with parameters and any spacing', async () => {
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
    [
      'an unknown content type',
      entry(`<content>${PAYLOAD.replace('type/news', 'type/poem')}</content>`),
      400,
      'no "poem"',
    ],
    ['a wrong draft flag', entry(control('<app:draft>maybe</app:draft>')), 400, 'not "maybe"'],
    [
      'a DOCTYPE',
      '<!DOCTYPE entry><entry xmlns="http://www.w3.org/2005/Atom"/>',
      400,
      'a DOCTYPE is not accepted',
    ],
    [
      'an entity that refers to a file',
      `<!DOCTYPE entry [<!ENTITY x SYSTEM "file:///etc/passwd">]>${entry('<title>&x;</title>').slice(38)}`,
      400,
      'a DOCTYPE is not accepted',
    ],
    [
      'excessive nesting',
      entry('<a>'.repeat(5_000) + '</a>'.repeat(5_000)),
      400,
      'depth: expected at most 100 nested elements',
    ],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0xff, 0x3e]), 400, 'not in utf-8'],
    [
      'a body over the limit',
      entry(`<title>${'A'.repeat(3_000)}</title>`),
      413,
      '--max-body-bytes',
    ],
  ])('POST to a section refuses %s and changes nothing', async (_what, body, status, message) => {
    await using store = await serveStore({ maxBodyBytes: body.length > 30_000 ? 1_048_576 : 2_048 })
    const response = await post(store, body)
    expect([response.status, response.type]).toEqual([status, 'text/plain'])
    expect(response.text).toContain(message)
    expect(store.control.info()).toMatchObject({ changeId: 5041, items: 20 })
  })

  it('POST to a section accepts forbidden markup inside comments and CDATA sections', async () => {
    await using store = await serveStore()
    const text = '<![CDATA[<!DOCTYPE html> & <!ENTITY> &nbsp;]]><!-- & -->'
    await post(store, entry(`<?x & ?><title>${text}</title>`)).expect(201)
    expect((await get(store, 802)).text).toContain(
      '&lt;!DOCTYPE html&gt; &amp; &lt;!ENTITY&gt; &amp;nbsp;',
    )
  })

  it('POST to a section refuses another media type, an unknown section, and a section id that is not a number', async () => {
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
