import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { MockContentStore, MockContentStoreOptions } from './start.ts'
import { entry } from './testing/item-client.ts'
import { demand, IssuedIds } from './testing/issued-ids.ts'
import { LastingClient } from './testing/lasting-client.ts'
import { postItems } from './testing/list-client.ts'
import { getSection, putSection, sectionEntry } from './testing/section-client.ts'
import { serveStore } from './testing/serve-store.ts'
import { StreamReader } from './testing/stream-reader.ts'

const SERVICE = '/webservice/escenic'
/** From here a client finds every item of the publication. */
const START = `${SERVICE}/changelog/publication/1/after/0?count=25`
const HEADERS = { authorization: `Basic ${btoa('user:password')}` }
const ATOM = { ...HEADERS, 'content-type': 'application/atom+xml' }

/** What takes a POST. Live Center reads JSON whatever its type. */
const COLLECTIONS = {
  person: `${SERVICE}/person`,
  lock: `${SERVICE}/lock/article/801`,
  binary: `${SERVICE}/binary`,
  live: '/live-center-editorial/event/18/entries',
} as const

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('update' as const, 'delete' as const, 'put' as const),
      nth: fc.nat(40),
      /** Which of the item's ETags a PUT sends. */
      tag: fc.nat(9),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('poll' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['reset', 'section', 'rename', 'list', 'person', 'lock', 'live', 'binary'] as const),
      ),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/**
 * The ids of the items that the store holds: those of the seed, and `created` as far as no reset
 * removed them.
 */
function itemIds({ control: engine }: MockContentStore, created: readonly number[] = []) {
  const seeded = Array.from({ length: 20 }, (_, index) => 782 + index)
  const ids = [...seeded, ...created]
  const { items } = engine.info()
  demand(items === ids.length, `expected ${ids.length} items, got ${items}`)
  return ids
}

async function act(
  store: MockContentStore,
  client: LastingClient,
  issued: IssuedIds,
  created: number[],
  [number, action]: readonly [number, Step],
): Promise<void> {
  const { control: engine, url } = store
  // What is created means its place in the run, so that a second one under the same id is noticed.
  const here = `step ${number}`
  switch (action.kind) {
    case 'create': {
      const { item, change } = engine.createItem({ sectionId: 22, title: 'A' })
      created.push(item.id)
      issued.note(`item ${item.id}`, here)
      issued.note(`change ${change.id}`, here)
      return
    }
    case 'poll': {
      await client.poll(store)
      return
    }
    case 'reset': {
      engine.reset()
      created.length = 0
      return
    }
    case 'section': {
      const { id = 0 } = engine.addSections()[0] ?? {}
      issued.note(`section ${id}`, here)
      await noteSection(store, issued, id)
      return
    }
    case 'rename': {
      const { status, headers } = await putSection(store, 22, sectionEntry({ name: here }))
      demand(status === 204, `PUT of a section is answered ${status}`)
      issued.note(`ETag ${headers.get('etag')}`, `section 22 ${here}`)
      await noteSection(store, issued, 1)
      return
    }
    case 'list': {
      // The same item each time: it moves, and its place has another handle.
      const list = await postItems(store, 61, [790])
      demand(list.status === 201, `POST to a list is answered ${list.status}`)
      issued.note(`handle ${list.handles[0]}`, here)
      issued.note(`ETag ${list.etag}`, `list ${here}`)
      return
    }
    case 'person':
    case 'lock':
    case 'binary':
    case 'live': {
      const made = await fetch(url + COLLECTIONS[action.kind], {
        method: 'POST',
        headers: ATOM,
        body: action.kind === 'live' ? '{}' : entry('<title>A</title><summary>A</summary>'),
      })
      demand(made.status === 201, `POST of a ${action.kind} is answered ${made.status}`)
      const location = made.headers.get('location') ?? ''
      issued.note(new URL(location).pathname, here)
      // Later PUTs of the item name no lock.
      if (action.kind === 'lock') await fetch(location, { method: 'DELETE', headers: HEADERS })
      const etag = made.headers.get('etag')
      if (etag !== null) issued.note(`ETag ${etag}`, here)
      return
    }
    default: {
      const ids = itemIds(store, created)
      const id = ids[action.nth % ids.length] ?? 0
      if (action.kind === 'put') await client.put(store, id, action.tag)
      else if (action.kind === 'update')
        issued.note(`change ${engine.updateItem(id, { title: 'B' }).change.id}`, here)
      else if (engine.item(id).state !== 'deleted')
        issued.note(`change ${engine.deleteItem(id).change.id}`, here)
    }
  }
}

/** A section's ETag always identifies the same entry of the same section. */
async function noteSection(store: MockContentStore, issued: IssuedIds, id: number): Promise<void> {
  const read = await getSection(store, id)
  issued.note(`section ${id} ETag ${read.etag}`, read.text)
  issued.note(`ETag of a section ${read.etag}`, `section ${id}`)
}

/** The items that the client does not know as they are, once it has polled. */
async function missedBy(
  client: LastingClient,
  store: MockContentStore,
  created: readonly number[],
): Promise<readonly number[]> {
  await client.catchUp(store)
  return itemIds(store, created).filter((id) => {
    return client.known.get(id) !== store.control.item(id).changeId
  })
}

/** The log and a new item of a run that has been reset once. */
async function readRun(options: MockContentStoreOptions): Promise<readonly string[]> {
  await using store = await serveStore({ ...options, publicUrl: 'http://cs.test' })
  store.control.createItem({ sectionId: 22, title: 'A' })
  store.control.reset()
  const { item } = store.control.createItem({ sectionId: 12, title: 'B' })
  const read = async (path: string): Promise<string> => {
    const response = await fetch(store.url + path, { headers: HEADERS })
    return `${response.headers.get('etag')} ${await response.text()}`
  }
  return [await read(START), await read(`${SERVICE}/content/${item.id}`)]
}

/** What a run that starts at this time gives out first. */
async function identitiesOf(startedAtMs: number): Promise<readonly string[]> {
  await using store = await serveStore({ uniqueIds: true, now: () => new Date(startedAtMs) })
  const [section] = store.control.addSections()
  const { etag } = await getSection(store, 12)
  const list = await postItems(store, 61, [790])
  const upload = await fetch(store.url + COLLECTIONS.binary, {
    method: 'POST',
    headers: ATOM,
    body: 'A',
  })
  const { pathname } = new URL(upload.headers.get('location') ?? '')
  const handles = list.handles.map((handle) => `handle ${handle}`)
  return [`section ${section?.id}`, etag, ...handles, String(list.etag), pathname]
}

describe('identities', () => {
  it('no change id, item id, ETag, lock or stream id is used twice across edits and resets, and a client that keeps polling misses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
        await using store = await serveStore({ ids: true })
        await using stream = await StreamReader.open(`${store.url}${SERVICE}/changelog/sse`)
        const issued = new IssuedIds()
        const client = new LastingClient(issued, START)
        await client.catchUp(store)
        const created: number[] = []
        for (const numbered of steps.entries()) await act(store, client, issued, created, numbered)
        const { change } = store.control.publishItem(801)
        await stream.until(({ text }) => text.includes(`id: ${change.id}-2`), 'the last event')
        expect(await missedBy(client, store, created)).toEqual([])
        const ids = [...stream.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)
        expect(new Set(ids).size).toBe(ids.length)
      }),
      { numRuns: 20 },
    )
  })

  it('a client whose change id of an earlier run is above all others gets every item again', async () => {
    const client = new LastingClient(new IssuedIds(), START)
    await run({}, client, 9)
    await using store = await serveStore()
    const { item } = store.control.createItem({ sectionId: 22, title: 'After the restart' })
    client.known.clear()
    expect(await missedBy(client, store, [item.id])).toEqual([])
  })

  it('ids after a restart with uniqueIds are above all ids of earlier runs, and a client that keeps polling misses nothing', async () => {
    const client = new LastingClient(new IssuedIds(), START)
    const startedAt = Date.parse('2026-03-01T00:00:00Z')
    const first = await run({ uniqueIds: true, now: () => new Date(startedAt) }, client, 50)
    // The next run starts one second later.
    const now = () => new Date(startedAt + 1_000)
    await using store = await serveStore({ uniqueIds: true, now })
    expect(store.control.info().changeId).toBeGreaterThan(first.changeId)
    const made = store.control.createItem({ sectionId: 22, title: 'After the restart' })
    expect(made.item.id).toBeGreaterThan(first.itemId)
    for (let edits = 0; edits < 60; edits += 1) store.control.updateItem(783, { title: 'A' })
    client.known.clear()
    expect(await missedBy(client, store, [made.item.id])).toEqual([])
  })

  it('sections, handles, uploads and their ETags of a run with uniqueIds are not those of an earlier run', async () => {
    const first = await identitiesOf(Date.parse('2026-03-01T00:00:00Z'))
    const second = await identitiesOf(Date.parse('2026-03-01T00:00:01Z'))
    expect(first).toHaveLength(7)
    expect(second.filter((identity) => first.includes(identity))).toEqual([])
  })

  it('ids, ETags and feeds are the same in every run with the same calls and the same clock', async () => {
    for (const options of [{}, { uniqueIds: true }])
      expect(await readRun(options)).toEqual(await readRun(options))
    expect(await readRun({})).not.toEqual(await readRun({ uniqueIds: true }))
  })
})

/** Runs a store whose client sees `edits` changes; returns the newest ids. */
async function run(
  options: MockContentStoreOptions,
  client: LastingClient,
  edits: number,
): Promise<{ readonly changeId: number; readonly itemId: number }> {
  await using store = await serveStore(options)
  await client.catchUp(store)
  let itemId = 0
  for (let count = 0; count < edits; count += 1)
    itemId = store.control.createItem({ sectionId: 22, title: 'A' }).item.id
  await client.catchUp(store)
  return { changeId: store.control.info().changeId, itemId }
}
