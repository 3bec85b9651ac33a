import type { Entry } from '../model/entry.ts'
import { get } from './api.ts'
import { CONTROL_URL } from './api.ts'
import { state, update } from './app.ts'
import { noteEntries } from './refresh.ts'
import type { FeedState } from './state.ts'

interface JournalPage {
  readonly entries: readonly Entry[]
  readonly more: boolean
  readonly evicted: { readonly upTo: number }
}

const HISTORY = 1_000
const REOPEN_MS = 3_000
const COLLECT_MS = 50

/** One stream for all tabs: the tab that holds the lock reads it, and tells the others. */
const channel = new BroadcastChannel(`journal ${CONTROL_URL}`)
let source: EventSource | undefined
let collected: Entry[] = []
let catching: Promise<void> | undefined

/** Reads the newest entries, and follows from there. */
export async function startFeed(): Promise<void> {
  channel.addEventListener('message', ({ data }: MessageEvent<readonly Entry[]>) => receive(data))
  await readHistory()
  // Without a secure context there are no locks, and each tab reads its own stream.
  const { locks } = navigator as Partial<Navigator>
  if (locks === undefined) open()
  else void locks.request(`journal ${CONTROL_URL}`, () => new Promise<never>(open))
}

/** After a restart of the store: what was read is of another one. */
export async function restartFeed(): Promise<void> {
  await readHistory()
  if (source !== undefined) open()
}

/** Reads what the stream has not brought. */
export async function catchUp(): Promise<void> {
  catching ??= readOn().finally(() => {
    catching = undefined
  })
  await catching
}

export function setFeed(feed: FeedState): void {
  if (state.feed.mode === feed.mode && state.feed.why === feed.why) return
  update(() => {
    state.feed = feed
  })
}

export function isFollowing(): boolean {
  return source === undefined || source.readyState === EventSource.OPEN
}

async function readHistory(): Promise<void> {
  const { entries, evicted } = await get<JournalPage>(`/journal?limit=${HISTORY}`)
  update(() => {
    state.log.skipTo((entries[0]?.id ?? evicted.upTo + 1) - 1)
    state.log.missed = 0
    state.log.add(entries)
  })
}

async function readOn(): Promise<void> {
  for (let more = true; more;) {
    const page = await get<JournalPage>(`/journal?since=${state.log.cursor}&limit=${HISTORY}`)
    if (page.evicted.upTo > state.log.cursor) state.log.skipTo(page.evicted.upTo)
    take(page.entries)
    more = page.more && page.entries.length > 0
  }
}

function open(): void {
  source?.close()
  source = new EventSource(`${CONTROL_URL}journal/stream?since=${state.log.cursor}`)
  source.addEventListener('open', () => setFeed({ mode: 'live', why: '' }))
  source.addEventListener('message', ({ data }: MessageEvent<string>) => collect(data))
  source.addEventListener('alive', handOn)
  source.addEventListener('gone', ({ data }: MessageEvent<string>) => {
    const { upTo }: { upTo: number } = JSON.parse(data)
    state.log.skipTo(upTo)
  })
  source.addEventListener('error', () => {
    setFeed({ mode: 'polling', why: 'the stream is interrupted; it is opened again' })
    if (source?.readyState === EventSource.CLOSED) setTimeout(open, REOPEN_MS)
  })
}

function collect(data: string): void {
  if (collected.length === 0) setTimeout(handOn, COLLECT_MS)
  collected.push(JSON.parse(data))
}

function handOn(): void {
  const entries = collected
  collected = []
  // A channel has no target origin: all its ends are of this one.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  channel.postMessage(entries)
  receive(entries)
}

/** Entries that the stream has brought, to this tab or to another one. None is a sign of life. */
function receive(entries: readonly Entry[]): void {
  take(entries)
  if (isFollowing()) setFeed({ mode: 'live', why: '' })
}

/** A gap means that this tab has missed something: ids are consecutive. */
function take(entries: readonly Entry[]): void {
  const [first] = entries
  if (first !== undefined && first.id > state.log.cursor + 1 && state.log.cursor > 0) {
    void catchUp()
    return
  }
  update(() => noteEntries(state.log.add(entries)))
}
