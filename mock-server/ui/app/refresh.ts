import type {
  Editing,
  Effects,
  Item,
  ListedItem,
  ProxyReport,
  Schedule,
  Section,
  Version,
} from '../model/api-types.ts'
import type { Entry } from '../model/entry.ts'
import { pagesOf } from '../model/item-index.ts'
import { readRoute } from '../model/route.ts'
import { ApiError, get } from './api.ts'
import { state, update } from './app.ts'
import type { State } from './state.ts'

interface ItemPage {
  readonly items: readonly ListedItem[]
  readonly next: number | null
}

const PAGE = 1_000
/** At most this often, items that have changed are read again. */
const BETWEEN_READS_MS = 300
/** What could not be read is asked for again after this time. */
const BEFORE_RETRY_MS = 2_000

const changed = new Set<number>()
let reading: Promise<void> | undefined
let loading: Promise<void> | undefined
let isReadingEffects = false

/** Reads sections and all items. */
export async function loadContent(): Promise<void> {
  loading ??= readAll().finally(() => {
    loading = undefined
  })
  await loading
}

/** What new entries of the journal say about what is shown. */
export function noteEntries(entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.kind === 'change' && entry.change?.subject.kind === 'item')
      changed.add(entry.change.subject.id)
  }
  if (changed.size > 0) void readChanged()
  const { item } = state
  if (
    item !== undefined &&
    entries.some(({ correlation }) => correlation.includes(`change-${item.changeId}`))
  )
    void readEffects()
  // The next beat reads what fails here.
  if (entries.some(({ kind }) => kind === 'connect' || kind === 'leave'))
    load('/clients', 'clients').catch(() => {})
  if (entries.some(({ kind }) => kind === 'fault')) loadFaults().catch(() => {})
}

/** Whether the list is waiting for something. */
export function isReading(): boolean {
  return reading !== undefined || loading !== undefined
}

export async function loadItem(id: string): Promise<void> {
  if (!/^\d+$/.test(id)) return
  const item = await readItem(id)
  // The address may lead elsewhere by now.
  if (readRoute(location.hash).id !== id) return
  update(() => {
    state.item = item
  })
  if (item !== undefined) await Promise.all([loadEffects(item), loadEditing(id)])
}

/** Undefined for an item that is not in the store, such as after a reset. */
async function readItem(id: string): Promise<Item | undefined> {
  try {
    return (await get<{ item: Item }>(`/items/${id}`)).item
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** What can be done to an item, what is due, and what it was before. */
async function loadEditing(id: string): Promise<void> {
  const [editing, { versions }, { schedules }] = await Promise.all([
    get<Editing>(`/items/${id}/editing`),
    get<{ versions: readonly Version[] }>(`/items/${id}/versions`),
    get<{ schedules: readonly Schedule[] }>('/schedules'),
  ])
  update(() => {
    if (String(state.item?.id) === id) Object.assign(state, { editing, versions, schedules })
  })
}

async function loadEffects({ id, changeId }: Item): Promise<void> {
  const effects = await get<Effects>(`/journal/effects?correlation=change-${changeId}`)
  update(() => {
    if (state.item?.id === id) state.effects = effects
  })
}

/** Again, soon: many polls may follow each other. The next one that is noted asks again. */
async function readEffects(): Promise<void> {
  if (isReadingEffects) return
  isReadingEffects = true
  await delay(BETWEEN_READS_MS)
  isReadingEffects = false
  if (state.item !== undefined) await loadEffects(state.item).catch(() => {})
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

export async function loadFaults(): Promise<void> {
  await load('/faults', 'faults')
}

/** Reads again what the screen shows, and nothing else tells. */
export async function loadScreen(): Promise<void> {
  switch (state.route.screen) {
    case 'clients':
      return load('/clients', 'clients')
    case 'faults':
      return load('/faults/presets', 'presets')
    case 'scenarios':
      return load('/scenarios', 'runs', 'shipped')
    case 'streams':
      return loadProxy()
    case 'tools':
      await Promise.all([load('/snapshots', 'snapshots'), load('/spaces', 'spaces'), loadProxy()])
      return
    case 'studio':
    case 'log':
    case 'generator':
  }
}

/** Takes these parts of an answer into the state. */
async function load(path: string, ...parts: readonly (keyof State)[]): Promise<void> {
  const answer = await get<Partial<State>>(path)
  update(() => {
    for (const part of parts) Object.assign(state, { [part]: answer[part] })
  })
}

/** Whether a proxy is known, and what its admin port says. */
export async function loadProxy(): Promise<void> {
  const proxy = await get<ProxyReport>('/proxy')
  update(() => {
    state.proxy = proxy
  })
}

async function readItems(): Promise<readonly ListedItem[]> {
  const pages: (readonly ListedItem[])[] = []
  for (let after: number | null = 0; after !== null;) {
    const page: ItemPage = await get(`/items?after=${after}&count=${PAGE}`)
    pages.push(page.items)
    after = page.next
  }
  return pages.flat()
}

async function readAll(): Promise<void> {
  changed.clear()
  const [{ sections }, items] = await Promise.all([
    get<{ sections: readonly Section[] }>('/sections'),
    readItems(),
  ])
  update(() => {
    state.sections = sections
    state.items.clear()
    state.items.put(items)
    state.selected = new Set([...state.selected].filter((id) => state.items.get(id)))
    state.isLoaded = true
  })
  if (state.route.id !== '' && state.route.screen === 'studio') await loadItem(state.route.id)
}

async function readChanged(): Promise<void> {
  reading ??= readPages().finally(() => {
    reading = undefined
  })
  await reading
}

async function readPages(): Promise<void> {
  while (changed.size > 0) {
    await delay(BETWEEN_READS_MS)
    const ids = [...changed]
    changed.clear()
    try {
      for (const { after, count } of pagesOf(ids)) {
        const { items } = await get<ItemPage>(`/items?after=${after}&count=${count}`)
        update(() => state.items.put(items))
      }
      const open = state.item?.id
      if (open !== undefined && ids.includes(open)) await loadItem(String(open))
    } catch {
      for (const id of ids) changed.add(id)
      await delay(BEFORE_RETRY_MS)
    }
  }
}
