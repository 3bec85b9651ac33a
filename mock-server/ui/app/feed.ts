import type { Entry } from '../model/entry.ts'
import { CONTROL_URL, get } from './api.ts'
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
/** Less than the pause between two beats, each of which looks. */
const PATIENCE_MS = 1_900

/** One stream for all tabs: the tab that holds the lock reads it, and tells the others. */
const channel = new BroadcastChannel(`journal ${CONTROL_URL}`)
channel.addEventListener('message', ({ data }: MessageEvent<readonly Entry[]>) => receive(data))

let source: EventSource | undefined
let isAsked = false
let collected: Entry[] = []
let catching: Promise<void> | undefined
/** Up to this entry the stream has brought what there was. */
let broughtUpTo = 0
/** The newest entry that the store had at a look, and when that was. */
let dueUpTo = 0
let lookedMs = 0

/** Reads the newest entries, and follows from there. It may be called again when it has failed. */
export async function startFeed(): Promise<void> {
  await readHistory()
  // The stream of an earlier store, or of none.
  if (source !== undefined) open()
  if (isAsked) return
  isAsked = true
  // Without a secure context there are no locks, and each tab reads its own stream.
  const { locks } = navigator as Partial<Navigator>
  if (locks === undefined) open()
  else void locks.request(`journal ${CONTROL_URL}`, () => new Promise<never>(open))
}

/**
 * Says how entries reach the page. A stream has two seconds to bring what the store has; after that
 * something holds it back, and what it lacks is read without it until it brings something.
 */
export async function checkFeed(newest: number): Promise<void> {
  const isOpen = source === undefined || source.readyState === EventSource.OPEN
  const isDue = performance.now() - lookedMs >= PATIENCE_MS
  if (isOpen && broughtUpTo >= dueUpTo) setFeed('live')
  else if (isDue && isOpen)
    setFeed('polling', 'something between this page and the store holds events back')
  else if (isDue) setFeed('polling', 'the stream is interrupted; it is opened again')
  if (isDue) {
    dueUpTo = newest
    lookedMs = performance.now()
  }
  if (state.feed.mode !== 'live' && newest > state.log.cursor) await catchUp()
}

export function setFeed(mode: FeedState['mode'], why = ''): void {
  if (state.feed.mode === mode && state.feed.why === why) return
  update(() => {
    state.feed = { mode, why }
  })
}

async function readHistory(): Promise<void> {
  const { entries, evicted } = await get<JournalPage>(`/journal?limit=${HISTORY}`)
  update(() => {
    state.log.skipTo((entries[0]?.id ?? evicted.upTo + 1) - 1)
    state.log.missed = 0
    state.log.add(entries)
  })
  broughtUpTo = state.log.cursor
  dueUpTo = 0
  lookedMs = performance.now()
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
  collected = []
  source = new EventSource(`${CONTROL_URL}journal/stream?since=${state.log.cursor}`)
  source.addEventListener('open', () => setFeed('live'))
  source.addEventListener('message', ({ data }: MessageEvent<string>) => collect(data))
  source.addEventListener('alive', handOn)
  source.addEventListener('gone', ({ data }: MessageEvent<string>) => {
    const { upTo }: { upTo: number } = JSON.parse(data)
    state.log.skipTo(upTo)
  })
  source.addEventListener('error', () => {
    setFeed('polling', 'the stream is interrupted; it is opened again')
    if (source?.readyState === EventSource.CLOSED) setTimeout(open, REOPEN_MS)
  })
}

function collect(data: string): void {
  collected.push(JSON.parse(data))
  // A browser delays the timers of a hidden tab, by up to a minute; a tab in sight may wait for it.
  if (document.hidden) handOn()
  else if (collected.length === 1) setTimeout(handOn, COLLECT_MS)
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
  broughtUpTo = entries.at(-1)?.id ?? state.log.cursor
  if (broughtUpTo >= dueUpTo) setFeed('live')
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

/** Reads what the stream has not brought. */
async function catchUp(): Promise<void> {
  catching ??= readOn().finally(() => {
    catching = undefined
  })
  await catching
}
