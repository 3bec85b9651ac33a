import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { entry, put } from '../testing/item-client.ts'
import { RawClient, rawRequest } from '../testing/raw-client.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { until } from '../testing/until.ts'
import { LiveCenter } from '../live-center/live-center.ts'
import { LockTable } from './item/lock-table.ts'
import type { Limits } from './limits.ts'
import { LIMITS } from './limits.ts'
import { demoSeed } from './seed.ts'
import { ContentStore } from './store.ts'

const AUTHOR = { personId: 7, name: 'Test Editor' }
const SERVICE = '/webservice/escenic'

function newStore(limits: Partial<Limits>): ContentStore {
  const all = { ...LIMITS, ...limits }
  return new ContentStore({ seed: demoSeed(), now: () => new Date(), limits: all })
}

function historyLength(store: ContentStore): number {
  return store.history(801).before(Infinity, 10_000).length
}

function changeOften(store: ContentStore): void {
  for (let count = 0; count < 2_500; count += 1) store.updateItem(801, { title: 'A' })
}

function titled(length: number): string {
  return entry(`<title>${'x'.repeat(length)}</title>`)
}

describe('store limits', () => {
  it('ContentStore refuses a new item above the limit "items", but no update', () => {
    const store = newStore({ items: 22 })
    const create = () => store.createItem({ sectionId: 22, title: '' }, AUTHOR)
    create()
    create()
    expect(create).toThrow('items: the store holds at most 22')
    store.updateItem(801, { title: 'An update takes no slot' })
    store.reset()
    expect(create().subject.id).toBe(804)
  })

  it('ContentStore refuses a new person above the limit "persons" and finds persons by login name', () => {
    const store = newStore({ persons: 3 })
    store.createPerson(1, { name: 'A' }, 'user-a')
    expect(() => store.createPerson(1, { name: 'B' })).toThrow('persons: the store holds at most 3')
    expect(store.authorNamed('user-a')).toMatchObject({ name: 'A' })
    expect(store.authorNamed('user')).toEqual({ personId: 7, name: 'Test Editor' })
  })

  it('ContentStore counts the characters of all titles, payloads and names', () => {
    const store = newStore({ contentLength: 3_000 })
    const create = (length: number) =>
      store.createItem({ sectionId: 22, title: '', payload: 'x'.repeat(length) }, AUTHOR)
    create(2_000)
    expect(() => create(900)).toThrow('contentLength: expected at most 3000 characters, got')
    expect(() => store.createPerson(1, { name: 'x'.repeat(900) })).toThrow('contentLength: ')
    store.updateItem(802, { payload: 'short' })
    create(900)
  })

  it('ContentStore shortens the history of a changed item above the limit "historyLines"', () => {
    const roomy = newStore({})
    changeOften(roomy)
    expect(historyLength(roomy)).toBeGreaterThanOrEqual(1_000)
    expect(historyLength(roomy)).toBeLessThanOrEqual(2_000)
    const full = newStore({ historyLines: 30 })
    changeOften(full)
    expect(historyLength(full)).toBeGreaterThanOrEqual(10)
    expect(historyLength(full)).toBeLessThanOrEqual(20)
  })

  it('ContentStore forgets the oldest versions of items above the limit "versionLength"', () => {
    const store = newStore({ versionLength: 10_000 })
    const changeIds = Array.from({ length: 50 }, () => {
      return store.updateItem(801, { title: 'x'.repeat(1_000) }).id
    })
    const kept = store.versions(801).map(({ changeId }) => changeId)
    expect(kept).toEqual(changeIds.slice(-6, -1).toReversed())
    store.updateItem(800, { title: 'y' })
    expect(store.versions(801)).toHaveLength(4)
    expect(store.versions(800)).toHaveLength(1)
    expect(() => store.version(801, changeIds[0] ?? 0)).toThrow('there is no version')
  })

  it('LockTable holds at most LIMITS.locks locks, and removes expired ones', () => {
    let nowMs = 0
    const locks = new LockTable(() => new Date(nowMs))
    const acquire = (itemId: number) =>
      locks.acquire({ itemId, fragment: null, summary: '', owner: AUTHOR })
    for (let itemId = 0; itemId < LIMITS.locks; itemId += 1) acquire(itemId)
    expect(() => acquire(LIMITS.locks)).toThrow(`locks: the store holds at most ${LIMITS.locks}`)
    expect(() => acquire(0)).toThrow('item 0 is locked by Test Editor')
    locks.release(3, locks.of(3)[0]?.id ?? 0)
    acquire(LIMITS.locks)
    nowMs = 24 * 3_600_000
    expect(locks.of(7)).toEqual([])
    acquire(0)
  })

  it('LockTable holds at most LIMITS.locksPerItem locks of one item', () => {
    const locks = new LockTable(() => new Date(0))
    const acquire = (fragment: string) =>
      locks.acquire({ itemId: 1, fragment, summary: '', owner: AUTHOR })
    for (let count = 0; count < LIMITS.locksPerItem; count += 1) acquire(`field-${count}`)
    expect(() => acquire('one more')).toThrow('locksPerItem: the store holds at most')
    expect(() => acquire('x'.repeat(LIMITS.lockTextLength + 1))).toThrow('locksPerItem: ')
  })

  it.each(['summary', 'fragment'] as const)(
    'LockTable refuses a %s longer than LIMITS.lockTextLength',
    (field) => {
      const locks = new LockTable(() => new Date(0))
      const acquire = (length: number) =>
        locks.acquire({
          itemId: 1,
          fragment: null,
          summary: '',
          owner: AUTHOR,
          [field]: 'x'.repeat(length),
        })
      const limit = LIMITS.lockTextLength
      expect(() => acquire(limit + 1)).toThrow(
        `lockTextLength: expected at most ${limit} characters, got ${limit + 1}`,
      )
      expect(locks.of(1)).toEqual([])
      expect(acquire(limit)[field]).toHaveLength(limit)
    },
  )

  it('LiveCenter refuses a new entry above LIMITS.liveEntries, but no update', () => {
    const center = new LiveCenter(() => new Date(0))
    const create = () => center.createEntry(18, {}, 'A')
    const seeded = center.log(18).size
    for (let count = seeded; count < LIMITS.liveEntries; count += 1) create()
    const { changeId } = center
    expect(create).toThrow(`liveEntries: the store holds at most ${LIMITS.liveEntries}`)
    expect([center.log(18).size, center.changeId]).toEqual([LIMITS.liveEntries, changeId])
    center.updateEntry(18, 1, { tags: ['An update needs no room'] })
    center.reset()
    expect(create().entryId).toBe(LIMITS.liveEntries + 1)
  })

  it('PUT of an entry answers 413 for a title longer than LIMITS.titleLength', async () => {
    await using store = await serveStore()
    const refused = await put(store, 801, titled(LIMITS.titleLength + 1), '*')
    expect([refused.status, refused.text]).toEqual([413, expect.stringContaining('titleLength: ')])
    await put(store, 801, titled(LIMITS.titleLength), '*').expect(204)
  })

  it.each(['Host', 'X-Forwarded-Host'])(
    'the web service answers 400 to a %s longer than any host name',
    async (header) => {
      await using store = await serveStore()
      const read = (host: string) =>
        request(store.url)
          .get(`${SERVICE}/changelog/section/12`)
          .auth(...TEST_LOGIN)
          .set(header, host)
      await read(`${'x'.repeat(255)}:65535`).expect(200)
      const refused = await read('x'.repeat(12_000))
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('host: ')])
    },
  )

  it('a feed of thousands of subsections does not block other requests and stops when its client disconnects', async () => {
    await using store = await serveStore({ workers: 1 })
    store.control.addSections({ count: 5_000, parentId: 12 })
    using client = await RawClient.connect(store.port)
    client.send(rawRequest('GET', `${SERVICE}/section/12/subsections`))
    await client.read('<entry')
    expect((await fetch(`${store.url}/__mock/health/ready`)).status).toBe(200)
    expect(client.text).not.toContain('</feed>')
    client.reset()
    await until(() => store.control.info().workers.busy === 0, 'the worker is free')
    expect(client.text).not.toContain('</feed>')
  })

  it('a feed of 501 subsections that is sent in pieces is complete', async () => {
    await using store = await serveStore()
    store.control.addSections({ count: 500, parentId: 12 })
    const { text } = await request(store.url)
      .get(`${SERVICE}/section/12/subsections`)
      .auth(...TEST_LOGIN)
    expect(text.match(/<entry/g)).toHaveLength(501)
    expect(text.trimEnd().endsWith('</feed>')).toBe(true)
  })
})
