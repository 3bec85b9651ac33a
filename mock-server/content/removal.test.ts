import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { demoSeed } from './seed.ts'
import { ContentStore } from './store.ts'

const AUTHOR = { personId: 7, name: 'Test Editor' }
const PUBLICATION = { scope: 'publication', id: 1 } as const

function newStore(): ContentStore {
  return new ContentStore({ seed: demoSeed(), now: () => new Date() })
}

/** Everything that a store holds, but for the ids that it has given. */
function contentOf(store: ContentStore): unknown {
  const pieces = [...store.cut()]
  return pieces.filter((piece) => ['item', 'section', 'list', 'lock'].includes(piece.kind))
}

describe('the removal of sections', () => {
  it('ContentStore removes sections with their items, histories, locks and rows', () => {
    const store = newStore()
    const before = contentOf(store)
    const rows = store.logs.log(PUBLICATION).before(Infinity, 100)
    const parent = store.addSection({ parentId: 12 })
    const child = store.addSection({ parentId: parent.id })
    const revision = store.site.subsectionsRevision(12)
    const { subject } = store.createItem({ sectionId: child.id, title: 'A' }, AUTHOR)
    store.updateItem(subject.id, { sectionIds: [child.id, parent.id] })
    store.locks.acquire({ itemId: subject.id, fragment: null, summary: '', owner: AUTHOR })

    store.removeSections([parent.id, child.id])
    expect(contentOf(store)).toEqual(before)
    expect(store.logs.log(PUBLICATION).before(Infinity, 100)).toEqual(rows)
    expect(store.logs.log({ scope: 'section', id: child.id }).size).toBe(0)
    expect(store.hasItem(subject.id)).toBe(false)
    expect(store.itemsAfter(0, 100)).toHaveLength(20)
    expect(store.site.subsections(12).map(({ id }) => id)).not.toContain(parent.id)
    expect(store.site.subsectionsRevision(12)).toBeGreaterThan(revision)

    // Their ids are not given again, their names are.
    const again = store.addSection({ uniqueName: child.uniqueName })
    expect(again.id).toBeGreaterThan(child.id)
    expect(store.createItem({ sectionId: again.id, title: '' }, AUTHOR).subject.id).toBe(
      subject.id + 1,
    )
  })

  it.each([
    ['a section that does not exist', [77], 'there is no section 77'],
    ['a root section', [1], 'section 1 is a root section'],
    ['a section with another subsection', [25], 'section 25 has the subsection 26'],
    ['a section with an item of another one', [27], 'item 802 is in section 12, too'],
    ['a section with an item that is listed', [28], 'item 803 is in a list'],
    ['several sections, one of which cannot be removed', [26, 77], 'there is no section 77'],
  ])('ContentStore removes nothing when asked for %s', (_what, ids, message) => {
    const store = newStore()
    store.addSection({ parentId: 12 })
    store.addSection({ parentId: 25 })
    store.addSection({})
    store.addSection({})
    store.createItem({ sectionId: 27, title: '', sectionIds: [12] }, AUTHOR)
    store.createItem({ sectionId: 28, title: '' }, AUTHOR)
    store.setListItems(61, [803])
    const before = contentOf(store)
    expect(() => store.removeSections(ids)).toThrow(message)
    expect(contentOf(store)).toEqual(before)
  })

  it('DELETE /__mock/sections/{id} removes as many sections as POST has added', async () => {
    await using store = await serveStore()
    const agent = request(store.url)
    await agent.post('/__mock/sections').send({ count: 3 }).expect(201)
    await agent.post('/__mock/items').send({ section: 26 }).expect(201)
    const removed = await agent.delete('/__mock/sections/25?count=3')
    expect([removed.status, removed.body]).toEqual([200, { removed: 3 }])
    expect(store.control.info()).toMatchObject({ sections: 5, items: 20 })
    await agent
      .get('/webservice/escenic/changelog/section/26')
      .auth(...TEST_LOGIN)
      .expect(404)
    const again = await agent.delete('/__mock/sections/25?count=3')
    expect([again.status, again.body.detail]).toEqual([404, 'there is no section 25'])
    expect((await agent.delete('/__mock/sections/1')).status).toBe(409)
  })
})
