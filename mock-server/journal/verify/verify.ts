import type { ConnectEntry } from '../entry.ts'
import type { Journal } from '../journal.ts'
import type { RecordedStreams } from '../recorded-streams.ts'
import type { Expectation, Verdict, VerifyAnswer, VerifyRequest } from './expectation.ts'
import { judgeConnections, judgeRequests } from './judge-counts.ts'
import { judgeOneConnection } from './judge-one-connection.ts'
import { judgePolledPrevious } from './judge-polled-previous.ts'
import { judgePolledWithoutEvent } from './judge-polled-without-event.ts'
import type { Evidence, Judgement } from './judge.ts'

/**
 * Judges what happened since an entry. When some of it is not held any more, every verdict is
 * `inconclusive`. Throws `evicted` for a `since` from an earlier run of the store, `bad-request` for
 * a contradictory count.
 */
export function verify(
  { since, expect }: VerifyRequest,
  journal: Journal,
  streams: RecordedStreams,
): Omit<VerifyAnswer, 'randomSeed'> {
  const from = since ?? journal.clearedUpTo
  journal.assertCursor(from)
  const evidence: Evidence = {
    entries: [...journal.after(from)],
    openBefore: openAt(from, journal, streams),
    passedMs: journal.passedMs,
  }
  const gap = gapAfter(from, journal)
  const results = expect.map((expectation) => {
    const judgement = judge(expectation, evidence)
    return { expectation, ...(gap === undefined ? judgement : openVerdict(judgement, gap)) }
  })
  return {
    verdict: verdictOf(results.map((result) => result.verdict)),
    results: results.map((result) => ({ ...result, nearMisses: [...result.nearMisses] })),
    cursor: journal.extent.cursor,
  }
}

function judge(expectation: Expectation, evidence: Evidence): Judgement {
  const { exactlyOneConnection, polledPrevious, neverPolledWithoutEvent } = expectation
  if (exactlyOneConnection !== undefined) {
    const { stream = 'changes', ...who } = exactlyOneConnection
    return judgeOneConnection({ stream, ...who }, evidence)
  }
  if (polledPrevious !== undefined) return judgePolledPrevious(polledPrevious, evidence)
  if (neverPolledWithoutEvent !== undefined)
    return judgePolledWithoutEvent(neverPolledWithoutEvent, evidence)
  if (expectation.requests !== undefined) return judgeRequests(expectation.requests, evidence)
  return judgeConnections(expectation.connections ?? {}, evidence)
}

/** Why the entries after `from` are not all known; undefined when they are. */
function gapAfter(from: number, journal: Journal): string | undefined {
  if (!journal.isOn) return 'the journal is off: start the store without --journal-entries 0'
  const { goneUpTo, limits } = journal.extent
  if (from >= goneUpTo) return undefined
  if (journal.clearedUpTo === goneUpTo)
    return `the journal was cleared at entry ${goneUpTo}; use a later since`
  return (
    `entries ${from + 1} to ${goneUpTo} are evicted; use a later since, or start the store with more than ` +
    `--journal-entries ${limits.entries} --journal-bytes ${limits.bytes}`
  )
}

function openVerdict({ message, nearMisses }: Judgement, gap: string): Judgement {
  return { verdict: 'inconclusive', message: `${gap}. Of what is held: ${message}`, nearMisses }
}

/** Streams that were opened up to entry `from` and had not left by then. */
function openAt(from: number, journal: Journal, streams: RecordedStreams): readonly ConnectEntry[] {
  const open = new Set<ConnectEntry>()
  for (const entry of streams.open) if (entry.id <= from) open.add(entry)
  for (const entry of journal.after(from)) {
    if (entry.kind !== 'leave' || entry.connect === undefined) continue
    if (entry.connect.id <= from) open.add(entry.connect)
  }
  return [...open].toSorted((a, b) => a.id - b.id)
}

function verdictOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('failed')) return 'failed'
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'passed'
}
