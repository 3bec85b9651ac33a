import request from 'supertest'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { serveStore } from '../testing/serve-store.ts'

const START = '2026-01-01T12:00:00Z'
const store = await serveStore({ clock: { frozen: true, at: START } })
const agent = request(store.url)
afterAll(() => store.close())
beforeEach(() => {
  store.control.reset()
  for (const id of [800, 801]) store.control.updateItem(id, { state: 'draft' })
})

const schedule = (id: number, body: object) => agent.post(`/__mock/items/${id}/schedule`).send(body)
const stateOf = (id: number) => store.control.item(id).state

describe('publications that are due later', () => {
  it('an item is published when the clock of the store reaches its time, and not before', async () => {
    const { status, body } = await schedule(801, { at: '2026-01-01T12:10:00Z' })
    expect([status, body]).toEqual([
      201,
      { id: body.id, itemId: 801, to: 'published', at: '2026-01-01T12:10:00Z' },
    ])
    expect((await agent.get('/__mock/schedules')).body.schedules).toEqual([body])
    await store.control.clock.advance(599_999)
    expect(stateOf(801)).toBe('draft')
    await store.control.clock.advance(1)
    expect(stateOf(801)).toBe('published')
    expect(store.control.item(801).publishedAt).toBe('2026-01-01T12:10:00.000Z')
    expect(store.control.schedules.list()).toEqual([])
  })

  it('what was cancelled, reset, or is no longer offered does not happen', async () => {
    const at = '2026-01-01T12:01:00Z'
    const { body } = await schedule(801, { at })
    await agent.delete(`/__mock/schedules/${body.id}`).expect(204)
    expect((await agent.delete(`/__mock/schedules/${body.id}`)).status).toBe(404)
    await schedule(800, { at, to: 'un-publish-keep' })
    await store.control.clock.advance(60_000)
    expect([stateOf(800), stateOf(801)]).toEqual(['draft', 'draft'])
    await schedule(801, { at: '2026-01-01T12:05:00Z' })
    store.control.reset()
    store.control.updateItem(801, { state: 'draft' })
    await store.control.clock.advance(3_600_000)
    expect(stateOf(801)).toBe('draft')
  })

  it('a time that has passed, and an item that does not exist, are refused', async () => {
    const past = await schedule(801, { at: '2026-01-01T12:00:00Z' })
    expect([past.status, past.body.detail]).toEqual([
      400,
      expect.stringContaining('expected a time after 2026-01-01T12:00:00.000Z'),
    ])
    expect((await schedule(4_711, { at: '2026-01-02T00:00:00Z' })).status).toBe(404)
    expect((await schedule(801, { at: 'soon' })).status).toBe(400)
    expect((await schedule(801, { at: '2026-01-02T00:00:00Z', to: 'burn' })).status).toBe(400)
  })
})
