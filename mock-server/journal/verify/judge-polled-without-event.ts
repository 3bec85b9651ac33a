import type { FrameEntry, RequestEntry } from '../entry.ts'
import type { Expectation } from './expectation.ts'
import type { Facts } from './facts.ts'
import { announcedLogs, differences, factsOfRequest } from './facts.ts'
import type { Evidence, Judgement } from './judge.ts'
import type { Miss } from './near-misses.ts'
import { shownMisses } from './near-misses.ts'

type Asked = NonNullable<Expectation['neverPolledWithoutEvent']>

/** What one client may still poll of one log. */
interface Allowance {
  /** Walks that may end with an empty page. */
  walks: number
  /** Its latest poll. */
  last: RequestEntry | undefined
}

/**
 * Whether every poll of a `previous` link had a reason: an event about its log, or a stream that was
 * opened, since the same client polled that log. A client may walk on until a page is empty.
 * Clients are distinguished by address, user and user agent.
 */
export function judgePolledWithoutEvent(
  { pollers = 1, allowFirst = true, ...selector }: Asked,
  { entries }: Evidence,
): Judgement {
  const allowances = new Map<string, Allowance>()
  const reasons = new Reasons()
  const misses: Miss[] = []
  let polls = 0
  for (const entry of entries) {
    if (entry.kind === 'frame') reasons.addEvents(entry)
    else if (entry.kind === 'connect') reasons.addConnect(entry.id)
    if (entry.kind !== 'request') continue
    const facts = factsOfRequest(entry)
    if (differences({ ...selector, page: 'after' }, facts).length > 0) continue
    polls += 1
    const log = String(facts['log'])
    const key = keyOf(facts)
    const allowance = allowances.get(key) ?? { walks: allowFirst ? pollers : 0, last: undefined }
    allowances.set(key, allowance)
    const isBegun = reasons.latestFor(log) > (allowance.last?.id ?? 0)
    if (isBegun) allowance.walks = pollers
    // Several clients poll the same page in turn.
    const isRepeated = pollers === 1 && !isBegun && allowance.last?.url === entry.url
    if (allowance.walks === 0) misses.push({ entry, why: [whyNot(log, allowance)] })
    else if (isEmpty(entry) || isRepeated) allowance.walks -= 1
    allowance.last = entry
  }
  const message = `expected no poll of previous without an event, got ${misses.length} of ${polls} polls`
  const verdict = misses.length === 0 ? 'passed' : 'failed'
  return { verdict, message, nearMisses: shownMisses(misses) }
}

/** The latest entries that are a reason to poll. */
class Reasons {
  readonly #events = new Map<string, number>()
  #connect = 0

  addEvents(frame: FrameEntry): void {
    for (const log of announcedLogs(frame)) this.#events.set(log, frame.id)
  }

  addConnect(id: number): void {
    this.#connect = id
  }

  latestFor(log: string): number {
    return Math.max(this.#connect, this.#events.get(log) ?? 0)
  }
}

function keyOf({ remoteAddress, user, userAgent, log }: Facts): string {
  return JSON.stringify([remoteAddress, user, userAgent, log])
}

/** A walk ends with a page without rows, or with one that the client knows. */
function isEmpty({ response }: RequestEntry): boolean {
  return response?.status === 304 || response?.page?.rows.length === 0
}

function whyNot(log: string, { last }: Allowance): string {
  if (last === undefined) return `there was no event about ${log} before it`
  return `there was no event about ${log} since the poll at entry ${last.id}`
}
