import type { StoreInfo } from '../model/api-types.ts'
import { JournalLog } from '../model/journal-log.ts'
import { get } from './api.ts'
import { state, update } from './app.ts'
import { catchUp, isFollowing, restartFeed, setFeed } from './feed.ts'
import {
  isReading,
  loadClients,
  loadContent,
  loadFaults,
  loadPresets,
  loadProxy,
  loadScenarios,
  loadTools,
} from './refresh.ts'

const EVERY_MS = 2_000

/** The newest change that the list is known to show. */
let shownChangeId = 0
let lateTimes = 0

/** Reads the counts again and again, and finds out what the stream does not bring. */
export async function startPulse(): Promise<never> {
  for (;;) {
    try {
      await beat()
    } catch {
      setFeed({ mode: 'offline', why: 'the store does not answer; trying again every 2 s' })
    }
    await new Promise((resolve) => {
      setTimeout(resolve, EVERY_MS)
    })
  }
}

/** Once, out of turn: after something was done. */
export async function beat(): Promise<void> {
  const before = state.info
  const info = await get<StoreInfo>('/info')
  const wasOffline = state.feed.mode === 'offline'
  update(() => {
    state.info = info
    state.infoAtMs = performance.now()
  })
  if (before !== undefined && before.startedAt !== info.startedAt) await storeRestarted()
  else if (wasOffline) setFeed({ mode: 'polling', why: 'the stream is opened again' })
  await checkFeed(info)
  await checkContent(info)
  await loadFaults()
  const { screen } = state.route
  if (screen === 'clients') await loadClients()
  if (screen === 'streams') await loadProxy()
  if (screen === 'faults') await loadPresets()
  if (screen === 'scenarios') await loadScenarios()
  if (screen === 'tools') await loadTools()
}

async function storeRestarted(): Promise<void> {
  update(() => {
    state.log = new JournalLog()
    state.isLoaded = false
    state.item = undefined
  })
  shownChangeId = 0
  await restartFeed()
  await loadContent()
}

/** Twice late: something between here and the store holds events back, until the stream brings one. */
async function checkFeed({ journal }: StoreInfo): Promise<void> {
  const isLate = journal.cursor > state.log.cursor
  lateTimes = isLate ? lateTimes + 1 : 0
  if (!isLate && isFollowing() && state.feed.mode !== 'polling') setFeed({ mode: 'live', why: '' })
  if (lateTimes < 2 && isFollowing()) return
  if (isFollowing())
    setFeed({ mode: 'polling', why: 'something between this page and the store holds events back' })
  if (isLate) await catchUp()
}

/** Content that was replaced as a whole, by a reset or a snapshot, is in no entry of the journal. */
async function checkContent({ changeId, items, sections, journal }: StoreInfo): Promise<void> {
  if (state.log.cursor < journal.cursor || isReading()) return
  shownChangeId = Math.max(shownChangeId, state.log.newestChangeId)
  const isOther = changeId > shownChangeId || items !== state.items.size
  if (!isOther && sections === state.sections.length) return
  await loadContent()
  shownChangeId = changeId
}
