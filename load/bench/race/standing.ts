import { type LatencyRow, mergeLatencies, mergePhases, mergeStats } from '../../report/merge.ts'
import type { Result, StepResult } from './race.ts'

/** What one server came to, all rounds together. */
export interface Standing {
  readonly name: string
  readonly source: string
  readonly steps: readonly (StepResult & {
    /** The fewest that were open in any round. */
    readonly fewestOpen: number
    readonly mostOpen: number
    readonly latency: LatencyRow | undefined
  })[]
  readonly storm: Storm
  /** As the streams judge, over all rounds. */
  readonly faults: { readonly lost: number; readonly repeated: number; readonly reordered: number }
}

interface Storm {
  readonly returned: number
  readonly failed: number
  /** Until all that could return had the head of their answer. */
  readonly returnMs: number
  /** Of the events that they had missed. */
  readonly replayedShare: number
  /** Events that came although they had been seen, for each that was owed. */
  readonly repeatedShare: number
  /** Until all had what they missed; undefined: that time never came. */
  readonly replayMs: number | undefined
}

/** Latencies are those of all events of all rounds; what is measured once in a round is the median. */
export function toStanding(name: string, source: string, results: readonly Result[]): Standing {
  const journal = results.flatMap((result) => result.journal)
  const latencies = mergeLatencies(journal)
  const [first] = results
  const steps = (first?.steps ?? []).map(({ clients }, index) => {
    const all = results.flatMap(({ steps: ofRound }) => ofRound[index] ?? [])
    const of = (key: keyof StepResult) => median(all.map((step) => step[key]))
    return {
      clients,
      open: of('open'),
      fewestOpen: Math.min(...all.map(({ open }) => open)),
      mostOpen: Math.max(...all.map(({ open }) => open)),
      residentBytes: of('residentBytes'),
      kernelBytes: of('kernelBytes'),
      cpuMicros: of('cpuMicros'),
      latency: latencies[index],
    }
  })
  const { gaps = 0, duplicates = 0, reordered = 0 } = mergeStats(journal)
  const faults = { lost: gaps, repeated: duplicates, reordered }
  return { name, source, steps, storm: medianStorm(results), faults }
}

function medianStorm(results: readonly Result[]): Storm {
  const storms = results.map(({ journal }) => stormOf(journal))
  const replayMs = storms.map((storm) => storm.replayMs).filter((ms) => ms !== undefined)
  const of = (key: Exclude<keyof Storm, 'replayMs'>) => median(storms.map((storm) => storm[key]))
  return {
    returned: of('returned'),
    failed: of('failed'),
    returnMs: of('returnMs'),
    replayedShare: of('replayedShare'),
    repeatedShare: of('repeatedShare'),
    replayMs: replayMs.length === storms.length ? median(replayMs) : undefined,
  }
}

function stormOf(journal: Result['journal']): Storm {
  const phases = new Map(mergePhases(journal).map((phase) => [phase.name, phase]))
  const { opened = 0, failed = 0 } = phases.get('return')?.facts ?? {}
  const { owed = 0, replayed = 0, repeated = 0 } = phases.get('replay')?.facts ?? {}
  return {
    returned: opened,
    failed,
    returnMs: phases.get('return')?.tookMs ?? 0,
    replayedShare: replayed / owed,
    repeatedShare: repeated / owed,
    replayMs: replayed === owed ? phases.get('replay')?.tookMs : undefined,
  }
}

/** Of an even number the lower one of the two in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}
