import type {
  Client,
  Fault,
  FaultPreset,
  Item,
  ListedItem,
  ProxyReport,
  Run,
  Section,
  Snapshot,
  Space,
} from '../model/api-types.ts'
import type { Entry } from '../model/entry.ts'
import { pagesOf } from '../model/item-index.ts'
import { get } from './api.ts'
import { state, update } from './app.ts'

interface ItemPage {
  readonly items: readonly ListedItem[]
  readonly next: number | null
}

const PAGE = 1_000
/** At most this often, items that have changed are read again. */
const BETWEEN_READS_MS = 300

const changed = new Set<number>()
let reading: Promise<void> | undefined
let loading: Promise<void> | undefined

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
    void loadEffects(item)
  if (entries.some(({ kind }) => kind === 'connect' || kind === 'leave')) void loadClients()
  if (entries.some(({ kind }) => kind === 'fault')) void loadFaults()
}

/** Whether the list is waiting for something. */
export function isReading(): boolean {
  return reading !== undefined || loading !== undefined
}

export async function loadItem(id: string): Promise<void> {
  if (!/^\d+$/.test(id)) return
  const { item } = await get<{ item: Item }>(`/items/${id}`)
  update(() => {
    state.item = item
  })
  await Promise.all([loadEffects(item), loadClients()])
}

async function loadEffects({ changeId }: Item): Promise<void> {
  const { entries } = await get<{ entries: readonly Entry[] }>(
    `/journal?correlation=change-${changeId}&limit=500`,
  )
  update(() => {
    state.effects = entries
  })
}

export async function loadClients(): Promise<void> {
  const { clients } = await get<{ clients: readonly Client[] }>('/clients')
  update(() => {
    state.clients = clients
  })
}

export async function loadFaults(): Promise<void> {
  const { faults } = await get<{ faults: readonly Fault[] }>('/faults')
  update(() => {
    state.faults = faults
  })
}

export async function loadPresets(): Promise<void> {
  const { presets } = await get<{ presets: readonly FaultPreset[] }>('/faults/presets')
  update(() => {
    state.presets = presets
  })
}

export async function loadScenarios(): Promise<void> {
  const answer = await get<{ runs: readonly Run[]; shipped: readonly string[] }>('/scenarios')
  update(() => {
    state.runs = answer.runs
    state.shipped = answer.shipped
  })
}

/** Whether a proxy is known, and what its admin port says. */
export async function loadProxy(): Promise<void> {
  const proxy = await get<ProxyReport>('/proxy')
  update(() => {
    state.proxy = proxy
  })
}

export async function loadTools(): Promise<void> {
  const { snapshots } = await get<{ snapshots: readonly Snapshot[] }>('/snapshots')
  const { spaces } = await get<{ spaces: readonly Space[] }>('/spaces')
  update(() => {
    state.snapshots = snapshots
    state.spaces = spaces
  })
}

async function readAll(): Promise<void> {
  changed.clear()
  const { sections } = await get<{ sections: readonly Section[] }>('/sections')
  const pages: (readonly ListedItem[])[] = []
  for (let after: number | null = 0; after !== null;) {
    const page: ItemPage = await get(`/items?after=${after}&count=${PAGE}`)
    pages.push(page.items)
    after = page.next
  }
  update(() => {
    state.sections = sections
    state.items.clear()
    state.items.put(pages.flat())
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
    await new Promise((resolve) => {
      setTimeout(resolve, BETWEEN_READS_MS)
    })
    const ids = [...changed]
    changed.clear()
    for (const { after, count } of pagesOf(ids)) {
      const { items } = await get<ItemPage>(`/items?after=${after}&count=${count}`)
      update(() => state.items.put(items))
    }
    const open = state.item?.id
    if (open !== undefined && ids.includes(open)) await loadItem(String(open))
  }
}
