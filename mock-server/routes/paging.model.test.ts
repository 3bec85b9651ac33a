import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore } from '../testing/serve-store.ts'

const LOG = '/webservice/escenic/changelog/section/22'
const SECTIONS = [1, 22, 23] as const

/** An edit of the store between two polls. */
const action = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), section: fc.constantFrom(...SECTIONS, 12) }),
  fc.record({ kind: fc.constantFrom('update' as const, 'delete' as const), nth: fc.nat(60) }),
)
const actions = fc.array(action, { maxLength: 12 })

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

/** More pages than any client needs, so that an endless loop fails. */
const MAX_PAGES = 500

/** Follows only links, as a client does, and keeps the latest title of each item. */
class Follower {
  readonly known = new Map<string, string>()
  previous = ''
  readonly #store: MockContentStore

  constructor(store: MockContentStore) {
    this.#store = store
  }

  async walkDown(count: number): Promise<void> {
    let next: string | undefined = `${this.#store.url}${LOG}?count=${count}`
    for (let pages = 0; next !== undefined && pages < MAX_PAGES; pages += 1) {
      const page = await this.#read(next)
      if (pages === 0) this.previous = page.links.get('previous') ?? ''
      for (const id of page.identifiers) {
        if (this.known.has(id)) throw new Error(`item ${id} came twice`)
        this.known.set(id, this.#version(id))
      }
      next = page.links.get('next')
    }
  }

  /** One poll. False when the page was empty. */
  async poll(): Promise<boolean> {
    const page = await this.#read(this.previous)
    for (const id of page.identifiers) this.known.set(id, this.#version(id))
    this.previous = page.links.get('previous') ?? ''
    return page.identifiers.length > 0
  }

  #version(id: string): string {
    return String(this.#store.control.item(Number(id)).changeId)
  }

  async #read(url: string) {
    const headers = { authorization: `Basic ${btoa('user:password')}` }
    const response = await fetch(url, { headers })
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
    return readFeed(await response.text())
  }
}

/** The items of the seed, and the items that were created since the reset. */
function itemIds(created: readonly number[]): readonly number[] {
  return [...Array.from({ length: 20 }, (_, index) => 782 + index), ...created]
}

function act({ control }: MockContentStore, created: number[], step: Action): void {
  if (step.kind === 'create') {
    created.push(control.createItem({ sectionId: step.section, title: 'A' }).item.id)
    return
  }
  const ids = itemIds(created)
  const id = ids[step.nth % ids.length] ?? 0
  if (step.kind === 'update') control.updateItem(id, { title: 'B' })
  else if (control.item(id).state !== 'deleted') control.deleteItem(id)
}

/** Every item in the domain of the log, with its version. */
function expected(
  { control }: MockContentStore,
  created: readonly number[],
): ReadonlyMap<string, string> {
  const items = itemIds(created).map((id) => control.item(id))
  const inDomain = items.filter(({ homeSectionId }) => SECTIONS.some((id) => id === homeSectionId))
  return new Map(inDomain.map(({ id, changeId }) => [String(id), String(changeId)]))
}

it('a client that follows the links of a log, with any count and interval, reaches the state of every item', async () => {
  await using store = await serveStore({ maxCount: 7, defaultCount: 5 })
  const rounds = fc.array(fc.record({ steps: actions, polls: fc.integer({ min: 0, max: 2 }) }), {
    maxLength: 5,
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 7 }),
      actions,
      rounds,
      async (count, before, later) => {
        store.control.reset()
        const created: number[] = []
        for (const step of before) act(store, created, step)
        const follower = new Follower(store)
        await follower.walkDown(count)
        expect(follower.known).toEqual(expected(store, created))
        for (const { steps, polls } of later) {
          for (const step of steps) act(store, created, step)
          for (let n = 0; n < polls; n += 1) await follower.poll()
        }
        for (let polls = 0; polls < MAX_PAGES && (await follower.poll()); polls += 1);
        expect(follower.known).toEqual(expected(store, created))
      },
    ),
    { numRuns: 25 },
  )
})
