import { describe, expect, it } from 'vitest'

import { child, children, parseXml } from '../atom/parse-xml.ts'
import type { MockContentStore } from '../start.ts'
import { getSection } from '../testing/section-client.ts'
import { serveStore } from '../testing/serve-store.ts'

const VDF = 'http://www.vizrt.com/types'
const PUBLICATION = '/webservice/escenic/publication/demo'
const LOGIN = { authorization: `Basic ${btoa('user:password')}` }

async function model(store: MockContentStore, path: string) {
  const response = await fetch(store.url + path, { headers: LOGIN })
  const root = parseXml(await response.text())
  const schema = child(root, VDF, 'schema')
  const fields = (schema ? children(schema, VDF, 'fielddef') : []).map((field) => {
    const types = ['xsdtype', 'mediatype'].map((name) => field.getAttribute(name))
    const isList = child(field, VDF, 'listdef') !== undefined
    return { name: field.getAttribute('name') ?? '', type: isList ? 'list' : types.join(' ') }
  })
  const type = response.headers.get('content-type')
  return { status: response.status, type, root: `{${root.namespaceURI}}${root.localName}`, fields }
}

describe('a model', () => {
  it('the model that the payload of a section names can be fetched, and describes its fields', async () => {
    await using store = await serveStore()
    const { text } = await getSection(store, 12)
    const url = new URL(/model="([^"]+)"/.exec(text)?.[1] ?? '')
    expect(url.origin).toBe(store.url)
    const { fields, ...rest } = await model(store, url.pathname)
    expect(rest).toEqual({
      status: 200,
      type: 'application/vnd.vizrt.model+xml;charset=UTF-8',
      root: `{${VDF}}model`,
    })
    const named = [...text.matchAll(/vdf:field name="([^"]+)"/g)].map(([, name]) => name)
    expect(named).toContain('com.escenic.uniqueName')
    expect(fields.map(({ name }) => name)).toEqual(named)
  })

  it('the payload of a section names its model below content-type with --section-model content-type', async () => {
    await using store = await serveStore({ sectionModel: 'content-type' })
    const { text } = await getSection(store, 12)
    const { pathname } = new URL(/model="([^"]+)"/.exec(text)?.[1] ?? '')
    expect(pathname).toBe(`${PUBLICATION}/model/content-type/com.escenic.section`)
    expect((await model(store, pathname)).status).toBe(200)
  })

  it('every content type of a publication has a model in each form of its URL', async () => {
    await using store = await serveStore()
    for (const type of ['story', 'news', 'picture', 'video', 'gallery']) {
      const models = await Promise.all(
        [
          `${PUBLICATION}/model/content-type/${type}`,
          `${PUBLICATION}/model/${type}`,
          `/webservice/publication/demo/escenic/model/${type}`,
        ].map((path) => model(store, path)),
      )
      expect(models[0]?.fields[0]).toEqual({ name: 'title', type: 'string text/plain' })
      expect(models[1]).toEqual(models[0])
      expect(models[2]).toEqual(models[0])
    }
  })

  it('a model tells plain text, XHTML, lists and binaries apart', async () => {
    await using store = await serveStore()
    const story = await model(store, `${PUBLICATION}/model/content-type/story`)
    expect(story.fields).toContainEqual({ name: 'body', type: 'string application/xhtml+xml' })
    expect(story.fields).toContainEqual({ name: 'keywords', type: 'list' })
    const picture = await model(store, `${PUBLICATION}/model/content-type/picture`)
    expect(picture.fields.find(({ name }) => name === 'binary')?.type).toMatch(/^link /)
  })

  it('a model has the field in which titles are edited', async () => {
    await using store = await serveStore({ titleField: 'name' })
    const { fields } = await model(store, `${PUBLICATION}/model/content-type/picture`)
    expect(fields.map(({ name }) => name).filter((name) => /^(name|title)$/.test(name))).toEqual([
      'name',
    ])
  })

  it.each([
    [`${PUBLICATION}/model/content-type/recipe`, 'model "recipe"'],
    [`${PUBLICATION}/model/content-type/constructor`, 'model "constructor"'],
    ['/webservice/escenic/publication/other/model/content-type/story', "publication 'other'"],
    [`${PUBLICATION}/MODEL/content-type/story`, 'MODEL'],
  ])('the model %s is answered 404 with what there is not', async (path, text) => {
    await using store = await serveStore()
    const response = await fetch(store.url + path, { headers: LOGIN })
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining(text)])
    expect((await fetch(store.url + path)).status).toBe(401)
  })
})
