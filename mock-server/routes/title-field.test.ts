import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { entry, get, post, put } from '../testing/item-client.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore } from '../testing/serve-store.ts'

function payload(value: string, name = 'title'): string {
  return `<content><vdf:payload xmlns:vdf="http://www.vizrt.com/types" model="x/story"><vdf:field name="lead"><vdf:value>L</vdf:value></vdf:field><vdf:field name="${name}">${value}</vdf:field></vdf:payload></content>`
}

/** The title in `atom:title` of the entry, in its field, and in the change log. */
async function titlesOf(store: MockContentStore, id: number): Promise<readonly string[]> {
  const { text } = await get(store, id).expect(200)
  const log = await fetch(`${store.url}/webservice/escenic/changelog/publication/1?count=1`, {
    headers: { authorization: `Basic ${btoa('user:password')}` },
  })
  return [
    /<title type="text">(.*)<\/title>/.exec(text)?.[1] ?? '',
    /name="title"><vdf:value>(.*?)<\/vdf:value>/.exec(text)?.[1] ?? '',
    readFeed(await log.text()).entries[0]?.title ?? '',
  ]
}

describe('the title of an item', () => {
  it('the title of an item is the value of its title field, both on creation and after a change', async () => {
    await using store = await serveStore()
    await post(store, entry(payload('<vdf:value>New</vdf:value>'))).expect(201)
    expect(await titlesOf(store, 802)).toEqual(['New', 'New', 'New'])
    const read = await get(store, 802)
    const edited = read.text.replace('<vdf:value>New<', '<vdf:value>Newer<')
    await put(store, 802, edited, String(read.headers['etag'])).expect(204)
    expect(await titlesOf(store, 802)).toEqual(['Newer', 'Newer', 'Newer'])
  })

  it('the title of an item follows atom:title when the title field still has the old title', async () => {
    await using store = await serveStore()
    await post(store, entry(`<title>Old</title>${payload('<vdf:value>Old</vdf:value>')}`))
    const { text } = await get(store, 802)
    await put(store, 802, text.replace('>Old</title>', '>A &lt; B</title>'), '*').expect(204)
    expect(await titlesOf(store, 802)).toEqual(['A &lt; B', 'A &lt; B', 'A < B'])
  })

  it('the title of an item that changes outside the entry also changes in the title field', async () => {
    await using store = await serveStore()
    await post(store, entry(payload('<vdf:value><b>Old</b></vdf:value>'))).expect(201)
    expect((await get(store, 802)).text).toContain('<vdf:value><b>Old</b></vdf:value>')
    store.control.updateItem(802, { title: 'By a test & more' })
    await put(store, 802, entry('<summary>S</summary>'), '*').expect(204)
    expect(await titlesOf(store, 802)).toEqual([
      'By a test &amp; more',
      'By a test &amp; more',
      'By a test & more',
    ])
    store.control.updateItem(802, { title: 'Again' })
    expect(await titlesOf(store, 802)).toEqual(['Again', 'Again', 'Again'])
    expect((await get(store, 802)).text).toContain('<vdf:value>L</vdf:value>')
  })

  it('the title of an item is the title field when both titles have changed', async () => {
    await using store = await serveStore()
    const both = `<title>In the entry</title>${payload('<vdf:value>In the field</vdf:value>')}`
    await post(store, entry(both)).expect(201)
    expect(await titlesOf(store, 802)).toEqual(['In the field', 'In the field', 'In the field'])
  })

  it.each(['', '<vdf:value/>'])(
    'the title of an item is atom:title when the title field holds %j',
    async (value) => {
      await using store = await serveStore()
      await post(store, entry(`<title>T</title>${payload(value)}`)).expect(201)
      expect((await titlesOf(store, 802))[0]).toBe('T')
    },
  )

  it('the title of an item is in the field that titleField names', async () => {
    await using store = await serveStore({ titleField: 'headline' })
    const title = '<title>T</title>'
    await post(store, entry(title + payload('<vdf:value>H</vdf:value>', 'headline'))).expect(201)
    expect((await titlesOf(store, 802))[0]).toBe('H')
    await using plain = await serveStore({ titleField: '' })
    await post(plain, entry(title + payload('<vdf:value>H</vdf:value>'))).expect(201)
    expect(await titlesOf(plain, 802)).toEqual(['T', 'H', 'T'])
  })
})
