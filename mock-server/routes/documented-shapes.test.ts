import request from 'supertest'
import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { control, entry, put } from '../testing/item-client.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const SERVICE = '/webservice/escenic'

function read(store: MockContentStore, path: string, language = 'en'): request.Test {
  return request(store.url)
    .get(path)
    .auth(...TEST_LOGIN)
    .set('Accept-Language', language)
    .expect(200)
}

describe('a document of the web service', () => {
  it('the state document names the state, its actions as text, and icons that can be fetched', async () => {
    await using store = await serveStore()
    const { text } = await read(store, `${SERVICE}/content/state/draft-published/editor`)
    expect(text).toContain('<name>draft-published</name>')
    expect(text).toContain('<ui:label>Draft (with published)</ui:label>')
    expect([...text.matchAll(/<action>([^<]+)<\/action>/g)].map(([, name]) => name)).toEqual([
      'published',
      'revert',
      'submitted-published',
      'approved-published',
      'un-publish-keep',
      'un-publish-revert',
      'deleted',
    ])
    const icons = [...text.matchAll(/<ui:icon>([^<]+)</g)].map(([, url = '']) => url)
    expect(icons).toHaveLength(8)
    for (const icon of icons) {
      const { type } = await read(store, icon.slice(store.url.length))
      expect([icon, type]).toEqual([icon, 'image/png'])
    }
  })

  it.each([
    ['nb-NO,en;q=0.5', 'nb', 'Publisert'],
    ['no', 'nb', 'Publisert'],
    ['fr, sv;q=0.8', 'sv', 'Publicerad'],
    ['de', 'de', 'Veröffentlicht'],
    ['fr', 'en', 'Published'],
  ])('the state document has labels for Accept-Language %s', async (accepted, language, label) => {
    await using store = await serveStore()
    const path = `${SERVICE}/content/state/published/editor`
    const { text, headers } = await read(store, path, accepted)
    expect(text).toContain(`<ui:label>${label}</ui:label>`)
    expect([headers['content-language'], headers['vary']]).toEqual([language, 'Accept-Language'])
  })

  it('index.xml is an endpoint that links to the sections', async () => {
    await using store = await serveStore()
    const { text } = await read(store, '/webservice/index.xml')
    // Shell clients remove the namespace with a greedy pattern, so it must be alone on its line.
    const plain = text.replace(/xmlns=".*"/, '')
    const href = /^<endpoint >[\s\S]*<link rel="sections" href="([^"]+)"/m.exec(plain)?.[1] ?? ''
    expect((await read(store, href.slice(store.url.length))).text).toContain('<feed')
  })

  it.each([
    [undefined, 'Lock of the resource', 'The resource is locked by Test Editor'],
    [
      'TITLE',
      'Lock of the fragment TITLE',
      "The fragment 'TITLE' of the resource is locked by Test Editor",
    ],
  ])('the lock of fragment %s names its owner', async (fragment, title, content) => {
    await using store = await serveStore()
    const part = fragment === undefined ? '' : `<metadata:fragment>${fragment}</metadata:fragment>`
    await request(store.url)
      .post(`${SERVICE}/lock/article/801`)
      .auth(...TEST_LOGIN)
      .set('Content-Type', 'application/atom+xml')
      .send(entry(part))
      .expect(201)
    for (const path of ['', '/private/1', '/public/1']) {
      const { text } = await read(store, `${SERVICE}/lock/article/801${path}`)
      expect(text).toContain(`<title type="text">${title}</title>`)
      expect(text).toContain(`<content type="text">${content}</content>`)
      expect(text).toContain('<name>Test Editor</name>')
      expect(text).toContain(`<uri>${store.url}${SERVICE}/person/7</uri>`)
    }
  })

  it('the list of logs has one log of each protection domain', async () => {
    await using store = await serveStore()
    const titles = async () => {
      const { text } = await read(store, `${SERVICE}/changelog`)
      const found = text.matchAll(
        /<title type="text">(.*)<\/title>\s*<link [^>]*escenic\/([^"]+)"/g,
      )
      return [...found].map(([, title, path]) => [title, path])
    }
    const demo = "publication 'demo'"
    expect(await titles()).toEqual([
      [`Change log for persons in ${demo}`, 'changelog/person/1'],
      [`Change log for ${demo}`, 'changelog/publication/1'],
      [`Change log for section 'News' in ${demo}`, 'changelog/section/12'],
    ])
    store.control.addSections({ name: 'Secret', inheritsAccess: false })
    store.control.addSections({ name: 'Public', inheritsAccess: true })
    expect((await titles()).slice(3)).toEqual([
      [`Change log for section 'Secret' in ${demo}`, 'changelog/section/25'],
    ])
  })

  it('the history of an item shows edits of a draft beside a published version only after they are published', async () => {
    await using store = await serveStore()
    const lines = async () => {
      const { text } = await read(store, `${SERVICE}/content/801/log`)
      return [...text.matchAll(/<title type="text">((?:State|Changed)[^<]*)</g)].map(
        ([, title]) => title,
      )
    }
    await put(store, 801, entry(control('<app:draft>yes</app:draft>')), '*').expect(204)
    await put(store, 801, entry('<title>A</title>'), '*').expect(204)
    expect(await lines()).toEqual(['State: published'])
    await put(store, 801, entry(control('<app:draft>no</app:draft>')), '*').expect(204)
    expect(await lines()).toEqual(['State: published', 'State: published'])
  })

  it('the root element of an item’s entry declares the prefixes that clients use', async () => {
    await using store = await serveStore()
    const { text } = await read(store, `${SERVICE}/content/801`)
    const root = /<entry [^>]*>/.exec(text)?.[0]
    for (const prefix of ['app', 'dcterms', 'metadata', 'vaext', 'vdf', 'age'])
      expect(root).toContain(`xmlns:${prefix}="http://`)
  })
})
