import type { StoreInfo } from '../model/api-types.ts'
import { JournalLog } from '../model/journal-log.ts'
import { get } from './api.ts'
import { state, update } from './app.ts'
import { checkFeed, setFeed, startFeed } from './feed.ts'
import { isReading, loadContent, loadFaults, loadScreen } from './refresh.ts'

const EVERY_MS = 2_000

/** The newest change that the list is known to show. */
let shownChangeId = 0
/** The start of the store whose content and journal are shown. */
let shownStart = ''

/** Reads the counts again and again, and finds out what the stream does not bring. */
export async function startPulse(): Promise<never> {
  for (;;) {
    try {
      await beat()
    } catch {
      setFeed('offline', 'the store does not answer; trying again every 2 s')
    }
    await new Promise((resolve) => {
      setTimeout(resolve, EVERY_MS)
    })
  }
}

/** Once, out of turn: after something was done. */
export async function beat(): Promise<void> {
  const info = await get<StoreInfo>('/info')
  update(() => {
    state.info = info
    state.infoAtMs = performance.now()
  })
  if (shownStart !== info.startedAt) await readStore(info)
  await checkFeed(info.journal.cursor)
  await checkContent(info)
  await loadFaults()
  await loadScreen()
}

/** At first, and after a restart of the store. What fails here is tried again with the next beat. */
async function readStore({ startedAt, changeId }: StoreInfo): Promise<void> {
  if (shownStart !== '') {
    update(() => {
      state.log = new JournalLog()
      state.isLoaded = false
      state.item = undefined
    })
  }
  await Promise.all([startFeed(), loadContent()])
  shownChangeId = changeId
  shownStart = startedAt
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
