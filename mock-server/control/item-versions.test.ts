import request from 'supertest'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { PAYLOAD } from '../testing/item-client.ts'
import { serveStore } from '../testing/serve-store.ts'

const store = await serveStore({ limits: 'items=21' })
const agent = request(store.url)
afterAll(() => store.close())
beforeEach(() => {
  store.control.reset()
})

const save = (patch: object) => agent.patch('/__mock/items/801').send(patch)

describe('two editors of one item', () => {
  it('an item that has changed since it was read is not overwritten, and the answer says so', async () => {
    const { changeId } = store.control.item(801)
    const first = await save({ title: 'By Ann', as: 'ann', ifChange: changeId })
    expect(first.status).toBe(200)
    const late = await save({ title: 'By Bob', as: 'bob', ifChange: changeId })
    const now = store.control.item(801)
    expect([late.status, late.body.detail]).toEqual([
      412,
      `item 801 has changed: expected change ${changeId}, and it is at ${now.changeId}; read it again`,
    ])
    expect(now.title).toBe('By Ann')
    expect((await save({ title: 'By Bob', ifChange: now.changeId })).status).toBe(200)
  })

  it('the lock of one editor refuses what the other one saves, and nothing of its owner', async () => {
    store.control.editing.lock(801, { user: 'ann' })
    const refused = await save({ title: 'By Bob', as: 'bob' })
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      expect.stringContaining('locked by ann'),
    ])
    expect((await save({ title: 'By Ann', as: 'ann' })).status).toBe(200)
    expect((await save({ title: 'Past all locks' })).status).toBe(200)
  })

  it('who saves an item is in its history, and who creates it is its author', async () => {
    await save({ title: 'By Ann', as: 'ann' })
    const made = { section: 12, title: 'New', as: 'ann' }
    const { body } = await agent.post('/__mock/items').send(made)
    expect(body.item.author).toEqual({ personId: 0, name: 'ann' })
    const { versions } = (await agent.get('/__mock/items/801/versions')).body
    expect(versions.map(({ editor }: { editor: string }) => editor)).toEqual([
      'ann',
      store.control.item(801).author.name,
    ])
  })
})

describe('versions of items by the control API', () => {
  it('an item goes back to an earlier title, type and content, in the state that it is in', async () => {
    await save({ title: 'First', payload: PAYLOAD })
    const { changeId } = store.control.item(801)
    await save({ title: 'Second', fields: { title: 'Second', body: 'Other' }, state: 'published' })
    const { versions } = (await agent.get('/__mock/items/801/versions')).body
    expect(versions.map(({ title }: { title: string }) => title).slice(0, 2)).toEqual([
      'Second',
      'First',
    ])
    const back = await agent.post('/__mock/items/801/revert').send({ changeId })
    expect([back.status, back.body.item]).toEqual([
      200,
      expect.objectContaining({ title: 'First', type: 'news', payload: PAYLOAD }),
    ])
    expect(back.body.item.state).toBe('published')
    expect(back.body.change.id).toBe(store.control.info().changeId)
  })

  it('an item goes back to having no content', async () => {
    const { changeId, payload } = store.control.item(801)
    expect(payload).toBeNull()
    await save({ payload: PAYLOAD })
    await agent.post('/__mock/items/801/revert').send({ changeId }).expect(200)
    expect(store.control.item(801).payload).toBeNull()
  })

  it('a version of another item, or of none, is not found', async () => {
    store.control.publishItem(800)
    for (const changeId of [store.control.item(800).changeId, 1]) {
      const { status } = await agent.post('/__mock/items/801/revert').send({ changeId })
      expect(status).toBe(404)
    }
  })

  it('a copy of an item is a draft with its content, until the store is full', async () => {
    await save({ title: 'Ferry', payload: PAYLOAD, sections: [12, 22], state: 'published' })
    const made = await agent.post('/__mock/items/801/duplicate').send({ section: 24 })
    expect([made.status, made.body.item]).toEqual([
      201,
      expect.objectContaining({
        title: 'Copy of Ferry',
        state: 'draft',
        type: 'news',
        payload: PAYLOAD,
        sectionIds: [24],
      }),
    ])
    const full = await agent.post('/__mock/items/801/duplicate')
    expect([full.status, full.body.limit]).toEqual([409, 'items'])
    expect((await agent.post('/__mock/items/4711/duplicate')).status).toBe(404)
  })
})
