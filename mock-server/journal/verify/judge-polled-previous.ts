import type { FrameEntry, JournalEntry, RequestEntry } from '../entry.ts'
import type { Expectation } from './expectation.ts'
import type { Facts, Selector } from './facts.ts'
import { announcedLogs, differences, factsOfRequest } from './facts.ts'
import type { Evidence, Judgement } from './judge.ts'
import type { Miss } from './near-misses.ts'
import { nearest } from './near-misses.ts'

const DEFAULT_WITHIN_MS = 2_000

type Asked = NonNullable<Expectation['polledPrevious']>

/** An event about one log. Frames for several hosts are one event. */
interface Announcement {
  readonly log: string
  readonly frame: FrameEntry
}

interface LogRequest {
  readonly entry: RequestEntry
  readonly facts: Facts
}

/**
 * Whether each event was followed by enough polls of its log's `previous` link in time. An event
 * whose time is not over yet leaves the verdict open, and so does a window without events.
 */
export function judgePolledPrevious(
  { log, withinMs = DEFAULT_WITHIN_MS, atLeast = 1, ...who }: Asked,
  { entries, passedMs }: Evidence,
): Judgement {
  const events = announcementsOf(entries).filter(
    (event) => differences({ log }, { log: event.log }).length === 0,
  )
  const requests = logRequestsOf(entries)
  const polls = byLog(requests, { ...who, page: 'after' })
  const missed: Announcement[] = []
  let pending = 0
  for (const event of events) {
    // In order: it is enough to look at the one that completes the number.
    const ofLog = polls.get(event.log) ?? []
    const last = ofLog[firstAfter(ofLog, event.frame.id) + atLeast - 1]
    if (last !== undefined && last.passedMs - event.frame.passedMs <= withinMs) continue
    if (passedMs - event.frame.passedMs < withinMs) pending += 1
    else missed.push(event)
  }
  const polled = events.length - missed.length - pending
  const message = `expected ${atLeast === 1 ? 'a poll' : `${atLeast} polls`} of previous within ${withinMs} ms of each event; ${polled} of ${events.length} events were polled`
  const [first] = missed
  if (first !== undefined) {
    const where = `${message}; the first that was not: ${first.log} at entry ${first.frame.id}`
    const misses = missesOf(first, requests, { ...who, log: first.log, page: 'after' }, withinMs)
    return { verdict: 'failed', message: where, nearMisses: nearest(misses) }
  }
  if (pending > 0) {
    const open = `${message}, and the time of ${pending} is not over`
    return { verdict: 'inconclusive', message: open, nearMisses: [] }
  }
  return { verdict: events.length > 0 ? 'passed' : 'inconclusive', message, nearMisses: [] }
}

/** Broadcasts only: a replay is for a client that was away. */
function announcementsOf(entries: readonly JournalEntry[]): readonly Announcement[] {
  const events = new Map<string, Announcement>()
  for (const frame of entries) {
    if (frame.kind !== 'frame' || frame.client !== undefined) continue
    for (const log of announcedLogs(frame)) {
      const key = `${frame.correlation} ${log}`
      if (!events.has(key)) events.set(key, { log, frame })
    }
  }
  return [...events.values()]
}

/** Requests of change logs, oldest first. */
function logRequestsOf(entries: readonly JournalEntry[]): readonly LogRequest[] {
  const polls: LogRequest[] = []
  for (const entry of entries) {
    if (entry.kind !== 'request') continue
    const facts = factsOfRequest(entry)
    if (facts['page'] !== undefined) polls.push({ entry, facts })
  }
  return polls
}

function byLog(
  requests: readonly LogRequest[],
  selector: Selector,
): ReadonlyMap<string, readonly RequestEntry[]> {
  const polls = new Map<string, RequestEntry[]>()
  for (const { entry, facts } of requests) {
    if (differences(selector, facts).length > 0) continue
    const log = String(facts['log'])
    const ofLog = polls.get(log)
    if (ofLog === undefined) polls.set(log, [entry])
    else ofLog.push(entry)
  }
  return polls
}

/** Index of the first entry with an id above `id`. */
function firstAfter(entries: readonly RequestEntry[], id: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle]?.id ?? Infinity) <= id) low = middle + 1
    else high = middle
  }
  return low
}

function missesOf(
  { frame }: Announcement,
  requests: readonly LogRequest[],
  selector: Selector,
  withinMs: number,
): readonly Miss[] {
  return requests.map(({ entry, facts }) => {
    const lateMs = entry.passedMs - frame.passedMs - withinMs
    const time =
      entry.id < frame.id ? ['before the event'] : lateMs > 0 ? [`${lateMs} ms too late`] : []
    return { entry, why: [...time, ...differences(selector, facts)] }
  })
}
