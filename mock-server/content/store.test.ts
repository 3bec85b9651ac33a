import { describe, expect, it } from 'vitest'

import type { Change } from './changes/change.ts'
import { demoSeed } from './seed.ts'
import { ContentStore } from './store.ts'

const AUTHOR = { personId: 7, name: 'Test Editor' }

function demoStore(): ContentStore {
  return new ContentStore({ seed: demoSeed(), now: () => new Date('2024-05-02T08:15:30.412Z') })
}

describe('ContentStore', () => {
  it('ContentStore commits a change and its rows before it calls a listener', () => {
    const store = demoStore()
    const seen: (number | undefined)[] = []
    store.logs.onCommit((change) => {
      seen.push(
        store.item(change.subject.id).changeId,
        store.logs.changeId,
        store.logs.since(0).at(-1)?.id,
      )
      for (const log of change.logs) seen.push(store.logs.log(log).newestId)
    })
    const { id } = store.createItem({ sectionId: 22, title: 'A' }, AUTHOR)
    expect(seen).toEqual([id, id, id, id, id, id])
  })

  it('ContentStore assigns strictly increasing, sparse change ids', () => {
    const store = demoStore()
    const ids = Array.from(
      { length: 20 },
      () => store.createItem({ sectionId: 1, title: 'A' }, AUTHOR).id,
    )
    const gaps = ids.slice(1).map((id, index) => id - (ids[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(0)
    expect(Math.max(...gaps)).toBeGreaterThan(1)
  })

  it('ContentStore puts a change into the logs of the publication, the section and its protection domain', () => {
    const store = demoStore()
    expect(store.createItem({ sectionId: 23, title: 'A' }, AUTHOR).logs).toEqual([
      { scope: 'publication', id: 1 },
      { scope: 'section', id: 23 },
      { scope: 'domain', id: 1 },
    ])
  })

  it('ContentStore moves an item that leaves a section to the top of that section’s log', () => {
    const store = demoStore()
    const { id } = store.updateItem(801, { sectionIds: [22, 1] })
    expect(store.logs.log({ scope: 'section', id: 12 }).newestId).toBe(id)
    expect(store.logs.log({ scope: 'section', id: 22 }).newestId).toBe(id)
    expect(store.item(801)).toMatchObject({ homeSectionId: 22, sectionIds: [22, 1] })
    const later = store.updateItem(801, { title: 'B' })
    expect(store.logs.log({ scope: 'section', id: 12 }).newestId).toBe(id)
    expect(store.logs.log({ scope: 'section', id: 22 }).newestId).toBe(later.id)
  })

  it('ContentStore refuses an unknown section or one of another publication and changes nothing', () => {
    const seed = demoSeed()
    const [root] = seed.sections
    if (root === undefined) throw new Error('the demo has sections')
    const other = { ...root, id: 90, publicationId: 9 }
    const publication = { id: 9, name: 'other', rootSectionId: 90, contentTypes: [] }
    const store = new ContentStore({
      seed: {
        ...seed,
        publications: [...seed.publications, publication],
        sections: [...seed.sections, other],
      },
      now: () => new Date(0),
    })
    const heard: Change[] = []
    store.logs.onCommit((change) => heard.push(change))
    expect(() => store.updateItem(801, { sectionIds: [90] })).toThrow(
      "section 90 doesn't belong to publication 'demo'",
    )
    expect(() => store.updateItem(801, { sectionIds: [12, 77] })).toThrow(
      'section 77 does not exist',
    )
    expect(() => store.createItem({ sectionId: 77, title: 'A' }, AUTHOR)).toThrow(
      'there is no section 77',
    )
    expect(heard).toEqual([])
    expect(store.item(801).changeId).toBe(5041)
  })

  it('ContentStore refuses text that XML cannot carry', () => {
    const store = demoStore()
    expect(() => store.createItem({ sectionId: 1, title: 'a\0b' }, AUTHOR)).toThrow(
      'the title holds U+0000',
    )
    expect(() => store.updateItem(801, { title: 'a\uD800' })).toThrow('the title holds U+D800')
    expect(() => store.addSection({ name: 'a\u001B' })).toThrow(
      'com.escenic.sectionName holds U+001B',
    )
    expect(store.logs.changeId).toBe(5041)
  })

  it('ContentStore dates the first and the latest publication of an item, and neither for a draft', () => {
    let now = 1_000
    const store = new ContentStore({ seed: demoSeed(), now: () => new Date(now) })
    const { subject } = store.createItem({ sectionId: 1, title: 'A' }, AUTHOR)
    expect(store.item(subject.id)).toMatchObject({
      firstPublishedAt: null,
      publishedAt: null,
      state: 'draft',
    })
    now = 2_000
    store.updateItem(subject.id, { state: 'published' })
    now = 3_000
    store.updateItem(subject.id, { state: 'published' })
    now = 4_000
    store.updateItem(subject.id, { state: 'draft-published' })
    expect(store.item(subject.id)).toMatchObject({
      createdAt: new Date(1_000).toISOString(),
      firstPublishedAt: new Date(2_000).toISOString(),
      publishedAt: new Date(3_000).toISOString(),
      editedAt: new Date(4_000).toISOString(),
    })
  })

  it('ContentStore keeps a deleted item in state deleted at the top of its logs', () => {
    const store = demoStore()
    const { id } = store.deleteItem(801)
    expect(store.item(801).state).toBe('deleted')
    expect(store.logs.log({ scope: 'publication', id: 1 }).before(Infinity, 1)).toEqual([
      { subjectId: 801, changeId: id },
    ])
    expect(() => store.deleteItem(801)).toThrow('it is deleted')
  })

  it('ContentStore.reset restores the seed under new change ids and gives no id again', () => {
    const store = demoStore()
    const before = store.item(801)
    const first = store.createItem({ sectionId: 22, title: 'A' }, AUTHOR)
    store.updateItem(801, { title: 'B' })
    store.addSection({ name: 'New' })
    const cursor = store.logs.changeId
    store.reset()
    expect(store.itemCount).toBe(20)
    expect(store.site.sections).toHaveLength(5)
    expect(store.logs.since(store.logs.changeId)).toEqual([])
    expect(store.item(801)).toEqual({ ...before, changeId: store.logs.changeId })
    expect(store.logs.log({ scope: 'publication', id: 1 }).after(cursor, 99)).toHaveLength(20)
    expect(() => store.item(first.subject.id)).toThrow('there is no content item 802')
    expect(store.createItem({ sectionId: 22, title: 'A' }, AUTHOR).subject.id).toBe(803)
    expect(store.addSection({}).id).toBe(26)
  })

  it('ContentStore gives new sections consecutive ids and the root as default parent', () => {
    const store = demoStore()
    expect(store.addSection({})).toMatchObject({
      id: 25,
      parentId: 1,
      name: 'Section 25',
      inheritsAccess: true,
    })
    expect(store.addSection({ parentId: 12, name: 'A' })).toMatchObject({
      id: 26,
      parentId: 12,
      name: 'A',
    })
    expect(store.site.governingSection(store.site.section(26)).id).toBe(12)
    expect(store.site.governingSection(store.site.section(25)).id).toBe(1)
    expect(() => store.addSection({ parentId: 77 })).toThrow('there is no section 77')
  })

  it('ContentStore puts items into the log of a list when they are added, changed and removed', () => {
    const store = demoStore()
    const log = () => store.logs.log({ scope: 'list', id: 61 }).before(Infinity, 9)
    expect(log().map(({ subjectId }) => subjectId)).toEqual([801, 798])
    const { changeId } = store.item(797)
    const [came, went] = store.setListItems(61, [801, 797, 797])
    expect([came?.subject.id, went?.subject.id]).toEqual([797, 798])
    expect(store.item(797).changeId).toBe(changeId)
    store.updateItem(801, { title: 'A' })
    store.updateItem(798, { title: 'B' })
    expect(log().map(({ subjectId }) => subjectId)).toEqual([801, 798, 797])
    expect(() => store.setListItems(61, [1])).toThrow('there is no content item 1')
    expect(() => store.setListItems(1, [])).toThrow('there is no list 1')
  })

  it('ContentStore puts changes of persons into the person log', () => {
    const store = demoStore()
    const { subject } = store.createPerson(1, { name: 'New Editor' }, 'new')
    store.updatePerson(6, { name: 'Chief' })
    store.deletePerson(7)
    const rows = store.logs.log({ scope: 'person', id: 1 }).before(Infinity, 9)
    expect(rows.map(({ subjectId }) => subjectId)).toEqual([7, 6, subject.id])
    expect(store.logs.log({ scope: 'publication', id: 1 }).newestId).toBe(5041)
    expect(store.authorNamed('new')).toEqual({ personId: 8, name: 'New Editor' })
    expect(store.authorNamed('stranger')).toEqual({ personId: 0, name: 'stranger' })
    expect(() => store.deletePerson(7)).toThrow('person 7: it is deleted')
    expect(() => store.createPerson(1, { name: 'a\0' })).toThrow('the name holds U+0000')
  })

  it('ContentStore refuses content types that the publication does not have', () => {
    const store = demoStore()
    expect(() => store.createItem({ sectionId: 1, title: 'A', type: 'poem' }, AUTHOR)).toThrow(
      'and no "poem"',
    )
    expect(() => store.updateItem(801, { type: 'poem' })).toThrow('and no "poem"')
    store.updateItem(801, { type: 'video' })
    expect(store.item(801).type).toBe('video')
  })

  it('ContentStore starts from a seed with more items than a call can have arguments', () => {
    const seed = demoSeed()
    const items = seed.items.slice(0, 1).flatMap((item) =>
      Array.from({ length: 150_000 }, (_, index) => {
        return { ...item, id: 10_000 + index, changeId: 1_000_000 + index }
      }),
    )
    const store = new ContentStore({ seed: { ...seed, items }, now: () => new Date() })
    const { subject } = store.createItem({ sectionId: 1, title: 'A' }, AUTHOR)
    expect(subject.id).toBe(160_000)
  })
})
