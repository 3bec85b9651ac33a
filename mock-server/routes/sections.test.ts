import { describe, expect, it } from 'vitest'

import { LIMITS } from '../content/limits.ts'
import type { MockContentStore } from '../start.ts'
import { canonicalEntry } from '../testing/canonical-entry.ts'
import { entry, get, put } from '../testing/item-client.ts'
import { readFeed } from '../testing/read-feed.ts'
import type { SectionParts } from '../testing/section-client.ts'
import {
  getSection,
  postSection,
  putSection,
  sectionEntry,
  sectionField,
} from '../testing/section-client.ts'
import { serveStore } from '../testing/serve-store.ts'

const SERVICE = '/webservice/escenic'
const LOGIN = { authorization: `Basic ${btoa('user:password')}` }

async function read(store: MockContentStore, path: string): Promise<string> {
  return await (await fetch(store.url + SERVICE + path, { headers: LOGIN })).text()
}

function fieldsOf(text: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    [...text.matchAll(/name="com\.escenic\.(\w+)"><vdf:value>([^<]*)/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  )
}

describe('a section', () => {
  it('a section posted to the down link of its parent is readable there, and moves the ETag of the parent alone', async () => {
    await using store = await serveStore()
    const before = [await getSection(store, 12), await getSection(store, 22)]
    const made = await postSection(
      store,
      12,
      sectionEntry({ name: 'Local', uniqueName: 'local', directoryName: 'near', parent: 12 }),
    )
    expect([made.status, made.headers.get('location'), made.headers.get('content-type')]).toEqual([
      201,
      `${store.url}${SERVICE}/section/25`,
      'application/atom+xml; type=entry',
    ])
    expect(await made.text()).toBe('')
    const { text } = await getSection(store, 25)
    expect(fieldsOf(text)).toEqual({
      sectionName: 'Local',
      uniqueName: 'local',
      directoryName: 'near',
      inheritAccess: 'true',
    })
    expect(text).toContain('<title type="text">Local</title>')
    expect(text).toContain(
      `rel="http://www.vizrt.com/types/relation/parent" href="${store.url}${SERVICE}/section/12"`,
    )
    expect(readFeed(await read(store, '/section/12/subsections')).identifiers).toEqual(['24', '25'])
    const after = [await getSection(store, 12), await getSection(store, 22)]
    expect(after[0]?.etag).not.toBe(before[0]?.etag)
    expect(after[1]).toEqual(before[1])
    expect(after[0]?.text).toBe(before[0]?.text)
  })

  it('a section posted to the collection of all sections is added to the parent that it links to', async () => {
    await using store = await serveStore()
    const made = await postSection(
      store,
      'collection',
      sectionEntry({ name: 'New Section', uniqueName: 'new_section', parent: 22 }),
    )
    expect(made.status).toBe(201)
    expect(readFeed(await read(store, '/section/22/subsections')).identifiers).toEqual(['23', '25'])
    // The unique name is fit for a URL, so it is the directory name, too.
    expect(fieldsOf((await getSection(store, 25)).text)).toMatchObject({
      directoryName: 'new_section',
    })
    const orphan = await postSection(store, 'collection', sectionEntry({ name: 'A' }))
    expect([orphan.status, await orphan.text()]).toEqual([
      400,
      expect.stringContaining('parent: a new section links to its parent section'),
    ])
  })

  it('a section takes items, has a log and is announced as any other section', async () => {
    await using store = await serveStore()
    await postSection(store, 12, sectionEntry({ name: 'Local' }))
    const { changeId } = store.control.info()
    expect(readFeed(await read(store, '/changelog/section/25')).id).toContain('/section/25')
    const { change } = store.control.createItem({ sectionId: 25, title: 'A' })
    expect(change.logs).toContain(`${SERVICE}/changelog/section/25`)
    // The section itself is structure: no log has a row for it, and nothing was announced.
    expect(change.id).toBe(changeId + 3)
    expect(changeId).toBe(5041)
  })

  it('a section is renamed by its field, by its title, or by both', async () => {
    await using store = await serveStore()
    const { text, etag } = await getSection(store, 22)
    const renamed = text.replace('<vdf:value>Sport<', '<vdf:value>Sports<')
    const first = await putSection(store, 22, renamed, etag)
    expect(first.status).toBe(204)
    const after = await getSection(store, 22)
    expect(first.headers.get('etag')).toBe(after.etag)
    expect(after.text).toContain('<title type="text">Sports</title>')
    expect((await putSection(store, 22, renamed, etag)).status).toBe(412)
    await putSection(store, 22, after.text.replace('>Sports</title>', '>Games</title>'))
    expect(fieldsOf((await getSection(store, 22)).text)).toMatchObject({ sectionName: 'Games' })
    await putSection(store, 22, sectionEntry({ name: 'B', extra: '<title>C</title>' }))
    expect((await getSection(store, 22)).text).toContain('<title type="text">B</title>')
  })

  it('a PUT of what a GET answered changes nothing but dates and the ETag', async () => {
    await using store = await serveStore()
    const parts: SectionParts = {
      name: 'A &amp; B',
      uniqueName: 'a',
      fields: `${sectionField('hidden', 'true')}<vdf:field name="com.escenic.sectionURI"/><x:y xmlns:x="urn:x" z="1">t</x:y>`,
      extra:
        '<summary type="html">&lt;b&gt;A&lt;/b&gt;</summary><link rel="related" href="http://x/"/>' +
        '<category term="c" scheme="http://x/"/><author><name>N</name></author>',
    }
    expect((await postSection(store, 12, sectionEntry(parts))).status).toBe(201)
    const { text, etag } = await getSection(store, 25)
    for (const part of ['hidden', 'sectionURI', 'urn:x', '&lt;b&gt;', 'related', 'term="c"', '>N<'])
      expect(text).toContain(part)
    expect((await putSection(store, 25, text, etag)).status).toBe(204)
    const again = await getSection(store, 25)
    expect(canonicalEntry(again.text)).toEqual(canonicalEntry(text))
    expect(again.etag).not.toBe(etag)
    // A PUT without the other parts removes them.
    await putSection(store, 25, sectionEntry({ name: 'A' }))
    const bare = (await getSection(store, 25)).text
    for (const part of ['hidden', 'urn:x', 'related', 'term="c"', '>N<'])
      expect(bare).not.toContain(part)
    expect(fieldsOf(bare)).toMatchObject({ sectionName: 'A', uniqueName: 'a' })
  })

  it('the name of a section in entries and the ETags of its items follow a rename', async () => {
    await using store = await serveStore()
    const inNews = await get(store, 801)
    const sport = store.control.createItem({ sectionId: 22, title: 'A' }).item.id
    const first = await get(store, sport)
    const log = await read(store, '/changelog/section/22')
    expect(log).toContain('title="Sport"')
    await putSection(store, 22, sectionEntry({ name: 'Games' }))
    const second = await get(store, sport)
    expect(second.text).toContain('title="Games"')
    expect(second.headers['etag']).not.toBe(first.headers['etag'])
    const titles = (await read(store, '/changelog/section/22')).match(/title="\w+"/g)
    expect(titles).toContain('title="Games"')
    expect(titles).not.toContain('title="Sport"')
    const stale = String(first.headers['etag'])
    expect((await put(store, sport, entry('<title>B</title>'), stale)).status).toBe(412)
    expect((await get(store, 801)).headers['etag']).toBe(inNews.headers['etag'])
  })

  it.each([
    ['no name', {}, 400, 'com.escenic.sectionName: a section needs a name'],
    ['a unique name that is taken', { name: 'A', uniqueName: 'sport' }, 409, 'section 22'],
    ['a directory of two segments', { name: 'A', directoryName: 'a/b' }, 400, 'directoryName'],
    ['a directory that leads up', { name: 'A', directoryName: '..' }, 400, 'directoryName'],
    ['a parent other than that of the URL', { name: 'A', parent: 22 }, 400, 'section 22'],
    [
      'a state',
      { name: 'A', extra: `<a:control xmlns:a="http://www.w3.org/2007/app"/>` },
      400,
      'app:control',
    ],
    [
      'a name given twice',
      { name: 'A', fields: sectionField('sectionName', 'B') },
      400,
      'expected one field',
    ],
    [
      'a name with markup',
      { name: '<b>A</b>' },
      400,
      'com.escenic.sectionName: expected plain text',
    ],
    ['a title with markup', { name: 'A', extra: '<title type="html">A</title>' }, 400, 'title'],
    ['text between fields', { name: 'A', fields: 'text' }, 400, 'text between its elements'],
    [
      'a flag that is none',
      { name: 'A', fields: sectionField('inheritAccess', 'x') },
      400,
      'inheritAccess',
    ],
    ['a character that XML cannot carry', { name: '&#1;' }, 400, ''],
    ['too long a name', { name: 'x'.repeat(LIMITS.titleLength + 1) }, 413, 'titleLength'],
  ] as const)('a new section with %s is refused by name', async (_what, parts, status, text) => {
    await using store = await serveStore()
    const { etag } = await getSection(store, 12)
    const refused = await postSection(store, 12, sectionEntry(parts))
    expect([refused.status, await refused.text()]).toEqual([status, expect.stringContaining(text)])
    expect((await getSection(store, 12)).etag).toBe(etag)
    expect(store.control.info().sections).toBe(5)
  })

  it.each([
    ['another parent', { name: 'A', parent: 12 }, 400, 'a section cannot be moved'],
    [
      'another access',
      { name: 'A', fields: sectionField('inheritAccess', 'false') },
      400,
      'inheritAccess: it is true',
    ],
    ['the unique name of another', { name: 'A', uniqueName: 'news' }, 409, 'section 12'],
  ] as const)(
    'a PUT of a section with %s is refused by name',
    async (_what, parts, status, text) => {
      await using store = await serveStore()
      const before = await getSection(store, 22)
      const refused = await putSection(store, 22, sectionEntry(parts))
      expect([refused.status, await refused.text()]).toEqual([
        status,
        expect.stringContaining(text),
      ])
      expect(await getSection(store, 22)).toEqual(before)
    },
  )

  it('a unique name is free again once its section has another one', async () => {
    await using store = await serveStore()
    expect((await putSection(store, 22, sectionEntry({ uniqueName: 'games' }))).status).toBe(204)
    expect((await putSection(store, 12, sectionEntry({ uniqueName: 'sport' }))).status).toBe(204)
    expect((await putSection(store, 22, sectionEntry({ uniqueName: 'news' }))).status).toBe(204)
    // A default name that a client has taken already.
    await postSection(store, 12, sectionEntry({ name: 'A', uniqueName: 'section-26' }))
    await postSection(store, 12, sectionEntry({ name: 'B' }))
    expect(fieldsOf((await getSection(store, 26)).text)).toMatchObject({
      uniqueName: 'section-26-2',
    })
  })

  it('a section that is not a section of a payload is refused, and so is a missing parent', async () => {
    await using store = await serveStore()
    const bare = await postSection(store, 12, entry('<title>A</title>'))
    expect([bare.status, await bare.text()]).toEqual([400, expect.stringContaining('vdf:payload')])
    const story = sectionEntry({ name: 'A' }).replace('com.escenic.section"', 'content-type/story"')
    const wrong = await postSection(store, 12, story)
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('model')])
    expect((await postSection(store, 99, sectionEntry({ name: 'A' }))).status).toBe(404)
    const lost = await postSection(store, 'collection', sectionEntry({ name: 'A', parent: 99 }))
    expect([lost.status, await lost.text()]).toEqual([
      400,
      expect.stringContaining('parent: there is no section 99'),
    ])
  })

  it('a reset restores the sections under new ETags, and gives no id of a section again', async () => {
    await using store = await serveStore()
    await postSection(store, 12, sectionEntry({ name: 'Local', uniqueName: 'local' }))
    await putSection(store, 22, sectionEntry({ name: 'Games' }))
    const before = await getSection(store, 22)
    store.control.reset()
    const after = await getSection(store, 22)
    expect(fieldsOf(after.text)).toMatchObject({ sectionName: 'Sport' })
    expect((await putSection(store, 22, before.text, before.etag)).status).toBe(412)
    const made = await postSection(store, 12, sectionEntry({ name: 'A', uniqueName: 'local' }))
    expect(made.headers.get('location')).toMatch(/section\/26$/)
  })
})
