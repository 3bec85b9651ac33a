import { waitForAll } from '../../barrier/barrier-client.ts'
import type { BarrierServer } from '../../barrier/barrier-server.ts'
import type { JournalEntry } from '../../report/journal-entry.ts'
import { compareStreams } from '../../report/listen/compare-streams.ts'
import type { LoadOptions } from '../command-line.ts'
import type { Plan } from '../plan.ts'
import { judgeEdits } from './judge-edits.ts'
import { type Edit, runEdits } from './run-edits.ts'
import { counted } from '../../report/counted.ts'

/**
 * Edits while the streams of the scenario `listen` listen. Waits at its barriers as an additional
 * shard.
 */
export async function editWhileListening(
  { editCommand, editEveryMs, listenMs, patienceMs }: LoadOptions,
  plan: Plan,
  barriers: BarrierServer,
  signal: AbortSignal,
): Promise<readonly Edit[] | undefined> {
  const shard = plan.shards + 1
  for (const barrier of ['all are open', 'listen']) {
    await waitForAll(barriers, shard, barrier, signal)
  }
  const given = { everyMs: editEveryMs, forMs: listenMs, patienceMs, signal }
  const edits =
    editCommand === undefined ? undefined : await runEdits({ ...given, command: editCommand })
  for (const barrier of ['listened', 'end']) await waitForAll(barriers, shard, barrier, signal)
  return edits
}

/** The verdicts that need the streams of all shards, as entries of a journal. */
export function judgeListening(
  journal: readonly JournalEntry[],
  edits: readonly Edit[] | undefined,
  patienceMs: number,
): readonly JournalEntry[] {
  const sequences = journal.filter((entry) => entry.kind === 'sequence')
  const { streams, alike, events, judged, faults } = compareStreams(sequences)
  const isOk = alike === streams && streams > 0
  const entries: JournalEntry[] = [
    {
      kind: 'check',
      name: 'streams that receive the same events in the same order as most',
      isOk,
      detail: isOk ? `${alike}, ${counted(judged, 'event')}` : `expected ${streams}, got ${alike}`,
    },
    ...faults.map((text): JournalEntry => ({ kind: 'fault', text })),
  ]
  if (judged === 0) {
    const text = 'order and completeness: no event arrived while all streams were open'
    entries.push({ kind: 'skip', text })
  }
  if (edits === undefined) {
    entries.push({ kind: 'skip', text: 'that each edit is announced: there is no --edit-command' })
    return entries
  }
  const judgement = judgeEdits(edits, events, patienceMs)
  return [
    ...entries,
    ...judgement.checks,
    ...judgement.faults.map((text): JournalEntry => ({ kind: 'fault', text })),
    ...judgement.delays,
  ]
}
