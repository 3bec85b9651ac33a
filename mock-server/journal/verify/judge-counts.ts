import type { CountRequest, WantedCount } from '../../control/wanted-count.ts'
import { describeCount, wantedCount } from '../../control/wanted-count.ts'
import type { ConnectEntry, JournalEntry, RequestEntry } from '../entry.ts'
import type { Expectation } from './expectation.ts'
import type { Facts, Selector } from './facts.ts'
import { differences, factsOfRequest, factsOfStream } from './facts.ts'
import type { Evidence, Judgement } from './judge.ts'
import type { Miss } from './near-misses.ts'
import { nearest, shownMisses } from './near-misses.ts'

/** Whether so many requests match the selector. Throws `bad-request` for a contradictory count. */
export function judgeRequests(
  asked: NonNullable<Expectation['requests']>,
  evidence: Evidence,
): Judgement {
  const requests = evidence.entries.filter(isRequest)
  return judgeCount('requests', asked, requests, factsOfRequest)
}

/** Whether so many streams that match the selector were opened in the window. */
export function judgeConnections(
  asked: NonNullable<Expectation['connections']>,
  evidence: Evidence,
): Judgement {
  return judgeCount('connections', asked, evidence.entries.filter(isConnect), factsOfStream)
}

function judgeCount<T extends JournalEntry>(
  what: string,
  { count, atLeast, atMost, exactly, ...selector }: CountRequest & Selector,
  candidates: readonly T[],
  factsOf: (entry: T) => Facts,
): Judgement {
  const wanted = wantedCount({ count, atLeast, atMost, exactly })
  const compared = candidates.map((entry) => ({
    entry,
    why: differences(selector, factsOf(entry)),
  }))
  const found = compared.filter(({ why }) => why.length === 0)
  const message = `expected ${describeCount(wanted)} ${what}, got ${found.length}`
  const isMet = found.length >= wanted.min && found.length <= wanted.max
  if (isMet) return { verdict: 'passed', message, nearMisses: [] }
  return { verdict: 'failed', message, nearMisses: closest(wanted, compared, found) }
}

/** With too few matches, what almost matched; with too many, those beyond the count. */
function closest({ max }: WantedCount, compared: readonly Miss[], found: readonly Miss[]) {
  if (found.length <= max) return nearest(compared.filter(({ why }) => why.length > 0))
  return shownMisses(
    found.slice(max).map(({ entry }) => ({ entry, why: ['matches, and is one too many'] })),
  )
}

function isRequest(entry: JournalEntry): entry is RequestEntry {
  return entry.kind === 'request'
}

function isConnect(entry: JournalEntry): entry is ConnectEntry {
  return entry.kind === 'connect'
}
