import { setImmediate, setTimeout } from 'node:timers/promises'

import type { PayloadModel } from '../atom/write-payload.ts'
import { writePayload } from '../atom/write-payload.ts'
import type { ItemState, NewItem } from '../content/item/item.ts'
import { ITEM_STATES } from '../content/item/item.ts'
import type { Publication } from '../content/site/publication.ts'
import type { ContentStore } from '../content/store.ts'
import { MockServerError } from '../errors.ts'
import { SeededRandom } from '../seeded-random.ts'
import type { StreamHub } from '../sse/stream-hub.ts'
import { drawText, drawTitle, pick } from './title-words.ts'

export interface GenerateRequest {
  readonly count: number
  /** Each item gets one of them. Default: all sections of the first publication. */
  readonly sections?: readonly number[] | undefined
  /** Each item gets one of them. Default `story`. */
  readonly types?: readonly string[] | undefined
  /** How often each state is given, as numbers of any sum. Default: all are published. */
  readonly states?: Readonly<Partial<Record<ItemState, number>>> | undefined
  /** The same seed gives the same titles, sections, types and states. Default 1. */
  readonly seed?: number | undefined
  /** Whether the items have a payload, with a title and a body. Default false. */
  readonly payload?: boolean | undefined
}

export interface GenerateReport {
  readonly seed: number
  /** In the order in which they were made. */
  readonly itemIds: readonly number[]
  /** Change ids of the first and of the last item. */
  readonly changes: { readonly first: number; readonly last: number }
}

export interface GenerateDeps {
  readonly store: Pick<ContentStore, 'assertRoom' | 'site'>
  readonly hub: Pick<StreamHub, 'largestBacklog'>
  readonly maxStreamBufferBytes: number
  /** Name of the field that has the title. */
  readonly titleField: string
  /** How long, in all, it waits for clients that read slowly. Default: two seconds. */
  readonly maxPausesMs?: number | undefined
  /** Creates one item, and announces it as every change. */
  readonly create: (item: NewItem) => { readonly itemId: number; readonly changeId: number }
}

/** Items of one call. */
export const MAX_GENERATED = 10_000
/** Items that are made at once. Between them, streams are written and requests are served. */
const SLICE = 50
const PAUSE_MS = 5

/**
 * Creates items, each with a change of its own, which every client of the stream sees. Pauses while
 * a client has half of its buffer unread, so that a burst alone drops no one. Throws
 * `limit-reached` before the first item.
 */
export async function generateItems(
  deps: GenerateDeps,
  request: GenerateRequest,
  signal?: AbortSignal,
): Promise<GenerateReport> {
  const { store, hub, maxStreamBufferBytes, maxPausesMs = 2_000, create } = deps
  const { count, seed = 1 } = request
  store.assertRoom(count)
  const draw = drawer(deps, request, new SeededRandom(seed, 'items'))
  const made: ReturnType<GenerateDeps['create']>[] = []
  let pausesMs = 0
  while (made.length < count) {
    signal?.throwIfAborted()
    const slice = Math.min(SLICE, count - made.length)
    for (let index = 0; index < slice; index += 1) made.push(create(draw()))
    await setImmediate()
    while (hub.largestBacklog > maxStreamBufferBytes / 2 && pausesMs < maxPausesMs) {
      await setTimeout(PAUSE_MS)
      pausesMs += PAUSE_MS
    }
  }
  return {
    seed,
    itemIds: made.map(({ itemId }) => itemId),
    changes: { first: made[0]?.changeId ?? 0, last: made.at(-1)?.changeId ?? 0 },
  }
}

function sectionsOf({ site }: GenerateDeps['store']): readonly number[] {
  const [first] = site.publications
  return site.sections.flatMap(({ id, publicationId }) => (publicationId === first?.id ? [id] : []))
}

/** Checks everything that could fail, so that either all items are made or none. */
function drawer(
  { store, titleField }: GenerateDeps,
  request: GenerateRequest,
  random: SeededRandom,
): () => NewItem {
  const { types = ['story'], states = { published: 1 }, payload = false } = request
  const sections = request.sections ?? sectionsOf(store)
  for (const id of sections) assertTypes(store, id, types)
  const weighted = ITEM_STATES.map((state) => [state, states[state] ?? 0] as const)
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0)
  if (total === 0) throw new MockServerError('bad-request', 'states: expected a number above 0')
  return () => {
    const title = drawTitle(random)
    const sectionId = pick(sections, random)
    const type = pick(types, random)
    let rest = random.between(0, total)
    const [state] = weighted.find(([, weight]) => (rest -= weight) < 0) ?? []
    const text = drawText(random)
    if (!payload) return { sectionId, title, type, state }
    const publication = publicationOf(store, sectionId).name
    return {
      sectionId,
      title,
      type,
      state,
      ...contentOf(title, text, titleField, { publication, type }),
    }
  }
}

/** Not read again, since nothing in it comes from outside. */
function contentOf(title: string, text: string, titleField: string, model: PayloadModel) {
  const fields = { [titleField]: title, body: { xhtml: `<p>${text}</p>` } }
  const { markup, texts } = writePayload(model, fields)
  return { payload: markup, titleField: texts.get(titleField) ?? null }
}

function publicationOf({ site }: GenerateDeps['store'], sectionId: number): Publication {
  return site.publication(site.section(sectionId).publicationId)
}

function assertTypes(
  store: GenerateDeps['store'],
  sectionId: number,
  types: readonly string[],
): void {
  const { name, contentTypes } = publicationOf(store, sectionId)
  const unknown = types.find((type) => !contentTypes.includes(type))
  if (unknown === undefined) return
  throw new MockServerError(
    'bad-request',
    `types: publication '${name}' has the content types ${contentTypes.join(', ')}, and no "${unknown}"`,
  )
}
