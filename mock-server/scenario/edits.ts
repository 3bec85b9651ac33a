import { z } from 'zod'

import { SeededRandom } from '../seeded-random.ts'
import { ScenarioFailure } from './failure.ts'
import type { Bulk, Step } from './scenario-schema.ts'
import type { StoreApi } from './store-api.ts'

type Create = NonNullable<Step['create']>
type Update = NonNullable<Step['update']>
/** The section of a `bulk` that names none: Sport of the demo publication. */
const DEFAULT_SECTION = 22
const KINDS = ['create', 'update', 'publish', 'delete'] as const

const created = z.object({ item: z.object({ id: z.int() }) })

/** The edits of one run, as an editor makes them through the control API. */
export class Edits {
  readonly #api: StoreApi
  readonly #seed: number
  #bulks = 0
  #count = 0

  constructor(api: StoreApi, seed: number) {
    this.#api = api
    this.#seed = seed
  }

  /** Number of edits so far. */
  get count(): number {
    return this.#count
  }

  /** Returns the id of the item. */
  async create({ as: _as, ...item }: Create): Promise<number> {
    return created.parse(await this.#edit('POST', '/items', item)).item.id
  }

  async update({ item, ...patch }: Update): Promise<void> {
    await this.#edit('PATCH', `/items/${item}`, patch)
  }

  async publish(item: number | string): Promise<void> {
    await this.#edit('POST', `/items/${item}/publish`)
  }

  async delete(item: number | string): Promise<void> {
    await this.#edit('DELETE', `/items/${item}`)
  }

  async setList(id: number | string, items: readonly (number | string)[]): Promise<void> {
    await this.#edit('PUT', `/lists/${id}`, { items })
  }

  /** `wait` lets time of the store pass. Every choice comes from the seed. */
  async bulk(bulk: Bulk, wait: (ms: number) => Promise<void>, overMs: number): Promise<void> {
    this.#bulks += 1
    const random = new SeededRandom(this.#seed, `bulk ${this.#bulks}`)
    const items: (number | string)[] = [...(bulk.items ?? [])]
    const sections = bulk.sections ?? [DEFAULT_SECTION]
    const pauses = pausesOf(bulk, overMs, random)
    for (const [index, pause] of pauses.entries()) {
      const place = Math.floor(random.next() * items.length)
      const kind = items.length === 0 ? 'create' : kindOf(bulk, random)
      const item = items[place] ?? ''
      const title = `Edit ${index + 1} of ${bulk.edits}`
      if (kind === 'create') {
        const section = sections[Math.floor(random.next() * sections.length)] ?? DEFAULT_SECTION
        items.push(await this.create({ section, title, state: 'published' }))
      } else if (kind === 'update') await this.update({ item, title })
      else if (kind === 'publish') await this.publish(item)
      else {
        await this.delete(item)
        items.splice(place, 1)
      }
      if (pause > 0) await wait(pause)
    }
  }

  async #edit(method: string, path: string, body?: object): Promise<unknown> {
    this.#count += 1
    return this.#api.call(method, path, body)
  }
}

/** Whole milliseconds after each edit; their sum is `overMs`. */
function pausesOf({ edits, arrival }: Bulk, overMs: number, random: SeededRandom): number[] {
  const weights = Array.from({ length: edits }, () =>
    arrival === 'random' ? -Math.log(1 - random.next()) : 1,
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  let passed = 0
  let end = 0
  return weights.map((weight) => {
    passed += weight
    const before = end
    end = Math.round((overMs * passed) / sum)
    return end - before
  })
}

function kindOf({ mix }: Bulk, random: SeededRandom): (typeof KINDS)[number] {
  const weights = KINDS.map(
    (kind) => mix?.[kind] ?? (mix === undefined && kind === 'update' ? 1 : 0),
  )
  let place = random.next() * weights.reduce((total, weight) => total + weight, 0)
  for (const [index, kind] of KINDS.entries()) {
    place -= weights[index] ?? 0
    if (place < 0) return kind
  }
  throw new ScenarioFailure('expected a mix with a weight above 0')
}
