import request from 'supertest'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { LIMITS } from '../content/limits.ts'
import { serveStore } from '../testing/serve-store.ts'

const store = await serveStore()
const agent = request(store.url)
afterAll(() => store.close())
beforeEach(() => {
  store.control.reset()
})

const transition = (items: readonly number[], to: string) =>
  agent.post('/__mock/items/transition').send({ items, to })

const lockWith = (summaryLength: number) =>
  agent.post('/__mock/items/801/locks').send({ summary: 'x'.repeat(summaryLength) })

const move = (body: object) => agent.post('/__mock/items/move').send(body)

describe('transitions by the control API', () => {
  it('items go through a transition, each as one change, and others are skipped', async () => {
    store.control.updateItem(800, { state: 'draft' })
    store.control.journal.clear()
    const { body } = await transition([801, 800, 799, 801], 'un-publish-keep')
    expect(body).toEqual({ changed: [801, 799], skipped: [800] })
    expect([801, 800, 799].map((id) => store.control.item(id).state)).toEqual(
      Array.from({ length: 3 }, () => 'draft'),
    )
    expect(store.control.journal.query({ kind: ['change'] }).entries).toHaveLength(2)
    expect((await transition([801], 'deleted')).body.changed).toEqual([801])
    expect(store.control.item(801).state).toBe('deleted')
  })

  it('an unknown item or transition is refused, and nothing changes', async () => {
    const { changeId } = store.control.info()
    expect((await transition([801, 4_711], 'deleted')).status).toBe(404)
    expect((await transition([801], 'burn')).status).toBe(400)
    expect((await transition([], 'deleted')).status).toBe(400)
    const many = Array.from({ length: 1_001 }, () => 801)
    expect((await transition(many, 'deleted')).status).toBe(400)
    expect(store.control.info().changeId).toBe(changeId)
  })

  it('an item offers the transitions of its transition document', async () => {
    const { body } = await agent.get('/__mock/items/801/editing')
    expect(body.transitions.map(({ to }: { to: string }) => to)).toEqual([
      'published',
      'draft-published',
      'un-publish-keep',
      'deleted',
    ])
    expect(body.transitions[2]).toEqual({
      to: 'un-publish-keep',
      state: 'draft',
      label: 'Unpublish, keep the draft',
    })
  })
})

describe('sections of items by the control API', () => {
  it('items that are moved leave their home section alone, each by one change', async () => {
    store.control.updateItem(800, { sectionIds: [12, 22, 24] })
    store.control.updateItem(801, { sectionIds: [22] })
    store.control.journal.clear()
    const { body } = await move({ items: [800, 801, 800], section: 22 })
    expect(body).toEqual({ moved: [800] })
    expect(store.control.item(800).sectionIds).toEqual([22, 24])
    const { entries } = store.control.journal.query({ kind: ['change'] })
    expect(entries.map((entry) => 'change' in entry && entry.change?.logs)).toEqual([
      expect.arrayContaining([expect.stringContaining('section/12')]),
    ])
  })

  it('a move to a section that does not exist is refused, and nothing changes', async () => {
    const { changeId } = store.control.info()
    expect((await move({ items: [801], section: 4_711 })).status).toBe(400)
    expect((await move({ items: [801, 4_711], section: 22 })).status).toBe(404)
    expect(store.control.info().changeId).toBe(changeId)
  })

  it('a section that is renamed has its new name in the web service too', async () => {
    const { body } = await agent.patch('/__mock/sections/12').send({ name: 'World & sea' })
    expect(body.section).toMatchObject({ id: 12, name: 'World & sea' })
    const { text } = await agent.get('/webservice/escenic/section/12').auth('user', 'password')
    expect(text).toContain('World &amp; sea')
    expect((await agent.patch('/__mock/sections/12').send({ name: '' })).status).toBe(400)
    expect((await agent.patch('/__mock/sections/4711').send({ name: 'x' })).status).toBe(404)
  })
})

describe('locks by the control API', () => {
  it('a lock that is taken as another user refuses an update of the web service until its release', async () => {
    const { status, body } = await agent.post('/__mock/items/801/locks').send({ user: 'ann' })
    expect([status, body.user]).toEqual([201, 'ann'])
    const put = async () => {
      const path = '/webservice/escenic/content/801'
      const entry = await agent.get(path).auth('user', 'password').buffer(true)
      const send = agent.put(path).auth('user', 'password').type('application/atom+xml')
      const answer = await send.set('If-Match', entry.headers['etag'] ?? '').send(entry.text)
      return answer.status
    }
    expect(await put()).toBe(409)
    expect((await agent.get('/__mock/items/801/editing')).body.locks).toEqual([body])
    expect((await agent.post('/__mock/items/801/locks').send({})).status).toBe(409)
    await agent.delete(`/__mock/items/801/locks/${body.id}`).expect(204)
    expect(await put()).not.toBe(409)
    expect((await agent.delete(`/__mock/items/801/locks/${body.id}`)).status).toBe(404)
  })

  it('a lock with too long a summary is refused with the name of the limit', async () => {
    const { lockTextLength } = LIMITS
    const refused = await lockWith(lockTextLength + 1)
    expect([refused.status, JSON.parse(refused.text).limit]).toEqual([413, 'lockTextLength'])
    expect((await lockWith(lockTextLength)).status).toBe(201)
  })
})
