import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { control, entry, get, put } from '../testing/item-client.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const SERVICE = '/webservice/escenic'

describe('PUT of an item', () => {
  it('PUT of an item changes the fields in the entry, keeps other fields, and moves the item to the top', async () => {
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

  it('PUT of an item accepts * and a list of tags in If-Match', async () => {
    await using store = await serveStore()
    const etag = String((await get(store, 801)).headers['etag'])
    expect((await put(store, 801, entry('<title>A</title>'), `"other", ${etag}`)).status).toBe(204)
    expect((await put(store, 801, entry('<title>A</title>'), '*')).status).toBe(204)
  })

  it('PUT of an item refuses a stale or missing ETag and changes nothing', async () => {
    await using store = await serveStore()
    const etag = String((await get(store, 801)).headers['etag'])
    store.control.updateItem(801, { title: 'Changed by another client' })
    const stale = await put(store, 801, entry('<title>Mine</title>'), etag)
    expect([stale.status, stale.text]).toEqual([412, expect.stringContaining('GET it again')])
    const missing = await put(store, 801, entry('<title>Mine</title>'))
    expect([missing.status, missing.text]).toEqual([
      412,
      expect.stringContaining('If-Match is missing'),
    ])
    expect((await get(store, 801)).text).toContain('Changed by another client')
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
  ] as const)(
    'PUT of an item in state %s with %s leads to state %s',
    async (state, inner, next) => {
      await using store = await serveStore()
      store.control.updateItem(801, { state })
      await put(store, 801, entry(control(inner)), '*').expect(204)
      expect((await get(store, 801)).text).toContain(`name="${next}"`)
    },
  )

  it('PUT of an item moves it to the sections that the entry links to, home section first', async () => {
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

  it.each([412, 428, 400])(
    'PUT of an item without If-Match is refused with missingMatchStatus %i',
    async (missingMatchStatus) => {
      await using store = await serveStore({ missingMatchStatus })
      expect((await put(store, 801, entry(''))).status).toBe(missingMatchStatus)
      expect((await put(store, 801, entry(''), '"stale"')).status).toBe(412)
    },
  )

  it.each([200, 404, 410])(
    'GET of a deleted item returns deletedStatus %i',
    async (deletedStatus) => {
      await using store = await serveStore({ deletedStatus })
      store.control.deleteItem(801)
      expect((await get(store, 801)).status).toBe(deletedStatus)
      expect((await get(store, 796)).status).toBe(200)
    },
  )

  it('PUT and DELETE of an item return the configured status', async () => {
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

describe('a state change', () => {
  it('a state change follows the transition document that the item links to', async () => {
    await using store = await serveStore()
    const href = /<vaext:state [^>]*href="([^"]+)"/.exec((await get(store, 795)).text)?.[1] ?? ''
    const document = await request(store.url)
      .get(href.slice(store.url.length))
      .auth(...TEST_LOGIN)
      .expect(200)
    expect(document.text).toContain('<state xmlns="http://xmlns.escenic.com/2013/content-state"')
    const names = [...document.text.matchAll(/<action>([^<]+)</g)].map(([, name]) => name)
    expect(names).toContain('submitted-published')
    await put(
      store,
      795,
      entry(control('<vaext:state>submitted-published</vaext:state>')),
      '*',
    ).expect(204)
    expect((await get(store, 795)).text).toContain('name="draft-submitted"')
    await put(store, 795, entry(control('<vaext:state>revert</vaext:state>')), '*').expect(204)
    expect((await get(store, 795)).text).toContain('name="published"')
  })

  it('the transition document of an unknown state is answered 404', async () => {
    await using store = await serveStore()
    const path = `${SERVICE}/content/state/lost/editor`
    expect(
      (
        await request(store.url)
          .get(path)
          .auth(...TEST_LOGIN)
      ).status,
    ).toBe(404)
  })
})

describe('DELETE of an item', () => {
  it('DELETE of an item leaves it in state deleted at the top of its logs', async () => {
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

  it('an unknown item is answered 404 and an unknown method 405', async () => {
    await using store = await serveStore()
    expect((await get(store, 9_999)).status).toBe(404)
    const patched = await request(store.url)
      .patch(`${SERVICE}/content/801`)
      .auth(...TEST_LOGIN)
    expect([patched.status, patched.headers['allow']]).toEqual([
      405,
      'GET, HEAD, PUT, DELETE, OPTIONS',
    ])
  })
})
