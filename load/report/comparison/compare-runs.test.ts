import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { JournalEntry } from '../journal-entry.ts'
import { mergeLatencies } from '../merge.ts'
import { compareRuns, comparisonChecks, comparisonTable } from './compare-runs.ts'
import { readEarlierRun } from './earlier-run.ts'
import { type Figure, figuresOf } from './figures.ts'

function figure(value: number, parts: readonly number[], name = 'live: last stream, median') {
  return { name, unit: 'ms' as const, value, parts: [...parts] }
}

/** The middle one of five parts. */
function middle(parts: readonly number[]): number {
  return parts[2] ?? 1
}

describe('compareRuns', () => {
  it.each([
    [[10, 11, 12, 13, 14], [15, 16, 17, 18, 19], 'worse'],
    [[10, 11, 12, 13, 15], [15, 16, 17, 18, 19], 'same'],
    [[10, 11, 12, 13, 14], [2, 3, 4, 5, 9], 'better'],
    [[10, 11, 12, 13, 40], [20, 21, 22, 23, 24], 'same'],
    [[10, 11, 12, 13, 14], [15, 15, 15, 16, 40], 'same'],
    [[10, 11, 12, 13, 14], [13, 20, 21, 22, 23], 'same'],
    [[10, 11], [30, 31, 32], 'not judged'],
    [[], [], 'not judged'],
  ])('compareRuns judges parts of %j and then %j as %s', (before, now, verdict) => {
    const compared = compareRuns({ figures: [figure(middle(before), before)] }, [
      figure(middle(now), now),
    ])
    expect(compared).toMatchObject([{ verdict }])
    expect(comparisonChecks(compared).every(({ isOk }) => isOk)).toBe(verdict !== 'worse')
  })

  it('comparisonTable shows both values, the change and the noise of the noisier run', () => {
    const before = [figure(12, [10, 11, 12, 13, 14]), figure(5, [], 'sse_ttfb p(95)')]
    const now: Figure[] = [figure(24, [18, 20, 24, 26, 30]), figure(5, [], 'sse_ttfb p(95)')]
    expect(comparisonTable(compareRuns({ figures: before }, now))).toEqual([
      'figure                     before    now    change   noise',
      'live: last stream, median   12 ms  24 ms  +100.0 %  50.0 %  worse',
      'sse_ttfb p(95)               5 ms   5 ms     0.0 %          not judged',
    ])
  })
})

describe('figuresOf', () => {
  it('figuresOf divides the events of a step into five parts, in their order', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    const journal: JournalEntry[] = [
      { kind: 'latency', step: 's', buckets: [{ upToMicros: 2_000, count: 3 }] },
      {
        kind: 'fan-out',
        step: 's',
        first: 40,
        dueMs: delays.map(() => 1_000),
        events: delays
          .map((ms, index) => ({ number: 40 + index, lastMs: 1_000 + ms }))
          .toReversed(),
      },
    ]
    expect(figuresOf(journal, mergeLatencies(journal), {}, [])).toEqual([
      { name: 's: last stream, median', unit: 'ms', value: 5, parts: [1, 3, 5, 7, 9] },
      { name: 's: p50', unit: 'ms', value: 2, parts: [] },
      { name: 's: p99', unit: 'ms', value: 2, parts: [] },
    ])
  })
})

describe('readEarlierRun', () => {
  const kind = { scenario: 'smoke', profile: 'smoke', streams: 100 }
  const run = {
    ...kind,
    isOk: true,
    machine: { cpus: 2, memoryBytes: 1, system: 'Linux' },
    spread: { streams: 100, processes: 1 },
    figures: [figure(1, [])],
  }
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earlier-run-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('readEarlierRun reads the report of a run of the same kind', async () => {
    const path = join(folder, 'smoke.json')
    await writeFile(path, JSON.stringify(run))
    expect(await readEarlierRun(path, kind)).toMatchObject({ figures: run.figures })
  })

  it.each([
    ['{', 'is not the JSON report of a run with figures'],
    [
      JSON.stringify({ ...run, figures: undefined }),
      'is not the JSON report of a run with figures',
    ],
    [
      JSON.stringify({ ...run, spread: { streams: 7 } }),
      'expected a run of smoke, profile smoke, 100 streams, got one of smoke, profile smoke, 7 streams',
    ],
  ])('readEarlierRun refuses %s in one sentence', async (text, sentence) => {
    const path = join(folder, 'other.json')
    await writeFile(path, text)
    await expect(readEarlierRun(path, kind)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(sentence),
    })
  })

  it('readEarlierRun names a file that cannot be read', async () => {
    const reading = readEarlierRun(join(folder, 'missing.json'), kind)
    await expect(reading).rejects.toThrow(/--compare: \S+missing\.json cannot be read: ENOENT/)
  })
})
