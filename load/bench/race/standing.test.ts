import { describe, expect, it } from 'vitest'

import type { JournalEntry } from '../../report/journal-entry.ts'
import type { RoundResult } from './race.ts'
import { toStanding } from './standing.ts'
import { standingsTable } from './table.ts'

/** A round with one step of ten clients and one event, which takes `lastMs` to the last client. */
function round(number: number, lastMs: number, open: number, replayed = 20): RoundResult {
  const step = '10 clients'
  const journal: JournalEntry[] = [
    { kind: 'latency', step, buckets: [{ upToMicros: lastMs * 1000, count: open }] },
    {
      kind: 'fan-out',
      step,
      first: number,
      dueMs: [],
      events: [{ number, lastMs: 5_000 + lastMs - 1 }],
    },
    {
      kind: 'fan-out',
      step,
      first: number,
      dueMs: [],
      events: [{ number, lastMs: 5_000 + lastMs }],
    },
    { kind: 'phase', name: 'return', tookMs: 30, facts: { opened: 5, failed: 0, tookMs: 30 } },
    { kind: 'phase', name: 'replay', tookMs: 40, facts: { owed: 20, replayed, repeated: 4 } },
    { kind: 'stats', facts: { gaps: 1, duplicates: 4, reordered: 0 } },
    { kind: 'fan-out', step, first: number, dueMs: [5_000], events: [] },
  ]
  const each = {
    residentBytes: 4096,
    servedBytes: 4096,
    kernelBytes: 8192,
    connectMicros: 90,
    cpuMicros: 12,
  }
  const counters = { framesPerWrite: 2, stallMs: undefined }
  return { steps: [{ name: step, clients: 10, open, ...each, ...counters }], journal }
}

describe('toStanding', () => {
  it('toStanding measures the time to the last client of all shards, over the events of all rounds', () => {
    const { steps } = toStanding('one', '', [round(1, 10, 10), round(2, 90, 10), round(3, 20, 10)])
    expect(steps[0]?.latency).toMatchObject({ count: 30, p50: 20, lastP50: 20, lastMax: 90 })
  })

  it('toStanding sums faults and keeps the lowest and highest number of streams of a round', () => {
    const { steps, faults } = toStanding('one', '', [round(1, 10, 10), round(2, 10, 7)])
    expect(faults).toEqual({ lost: 2, repeated: 8, reordered: 0 })
    expect(steps[0]).toMatchObject({ fewestOpen: 7, mostOpen: 10 })
  })

  it('toStanding has no replay time unless the replay was complete in each round', () => {
    const whole = toStanding('one', '', [round(1, 10, 10)])
    expect(whole.storm).toMatchObject({ replayedShare: 1, repeatedShare: 0.2, replayMs: 40 })
    const partly = toStanding('one', '', [round(1, 10, 10), round(2, 10, 10, 19)])
    expect(partly.storm).toMatchObject({ replayedShare: 0.95, replayMs: undefined })
  })
})

describe('standingsTable', () => {
  it('standingsTable shows streams held, events sent again and missing replays', () => {
    const table = standingsTable([toStanding('one', 'events are posted', [round(1, 10, 7, 0)])])
    expect(table).toContain('| one | events are posted | 7 of 10 | 4.0 KiB | 8.0 KiB | 1 / 4 / 0 |')
    expect(table).toContain('| one | 10 ms / 10 ms / 10 ms | 12.0 µs |')
    expect(table).toContain('| one | 5 | 30 ms | none, and 20 % sent again | - |')
    expect(table).toContain('Last client, 10 clients:')
  })
})
