import { expect, it } from 'vitest'

import type { ContentEffect } from './effect.ts'
import type { EffectSink } from './effect-sink.ts'
import { demoSeed } from './seed.ts'
import { ContentStore } from './store.ts'

const AUTHOR = { personId: 7, name: 'Test Editor' }

function storeWith(sink: EffectSink<ContentEffect>): ContentStore {
  return new ContentStore({ seed: demoSeed(), now: () => new Date(0), sink })
}

/** Each kind of change that a client can make. */
const CHANGES: Readonly<Record<string, (store: ContentStore) => unknown>> = {
  'a new item': (store) => store.createItem({ sectionId: 22, title: 'A' }, AUTHOR),
  'an update': (store) => store.updateItem(801, { title: 'B' }),
  'a deletion': (store) => store.deleteItem(801),
  'a new person': (store) => store.createPerson(1, { name: 'P' }),
  'a new section': (store) => store.addSection({ name: 'S' }),
  'an updated section': (store) => store.updateSection(22, { name: 'S' }),
  'a list': (store) => store.setListItems(61, [801, 800]),
  'an insertion into a list': (store) => store.insertIntoList(61, 0, [799]),
  'a lock': (store) =>
    store.locks.acquire({ itemId: 801, fragment: null, summary: '', owner: AUTHOR }),
  'a file': (store) => store.binaries.add('image/png', new Uint8Array(3)),
}

it.each(Object.entries(CHANGES))(
  'ContentStore changes nothing when the effect of %s cannot be recorded',
  (_, change) => {
    const failing = {
      record: () => {
        throw new Error('disk full')
      },
      whenSafe: (run: () => void) => run(),
    }
    const store = storeWith(failing)
    const untouched = storeWith({ ...failing, record: () => {} })
    expect(() => change(store)).toThrow('disk full')
    expect(visible(store)).toEqual(visible(untouched))
    expect(store.logs.changeId).toBe(untouched.logs.changeId)
  },
)

it('ContentStore announces a change only when its effect is safe', () => {
  const held: (() => void)[] = []
  const store = storeWith({ record: () => {}, whenSafe: (run) => held.push(run) })
  const heard: number[] = []
  store.logs.onCommit(({ id }) => heard.push(id))
  const cursor = store.logs.announcedId
  const { id } = store.updateItem(801, { title: 'B' })
  expect(store.item(801).title).toBe('B')
  expect([heard, store.logs.since(cursor), store.logs.announcedId]).toEqual([[], [], cursor])
  for (const run of held) run()
  expect(heard).toEqual([id])
  expect(store.logs.since(cursor)).toMatchObject([{ id }])
  expect(store.logs.announcedId).toBe(id)
})

function visible(store: ContentStore): unknown {
  return {
    items: Array.from({ length: 30 }, (_, n) => n + 780).map((id) =>
      store.hasItem(id) ? [store.item(id), store.history(id).before(Infinity, 99)] : id,
    ),
    sections: store.site.sections,
    lists: store.site.lists.all,
    locks: store.locks.of(801),
    files: store.binaries.counts,
    row: store.logs.log({ scope: 'publication', id: 1 }).before(Infinity, 999),
  }
}
