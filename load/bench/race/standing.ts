import { type LatencyRow, mergeLatencies, mergePhases, mergeStats } from '../../report/merge.ts'
import type { RoundResult, StepResult } from './race.ts'

/** The results of one server in all rounds. */
export interface Standing {
  readonly name: string
  readonly source: string
  readonly steps: readonly (StepResult & {
    /** The fewest that were open in any round. */
    readonly fewestOpen: number
    readonly mostOpen: number
    readonly latency: LatencyRow | undefined
  })[]
  /** undefined = no client was disconnected. */
  readonly storm: Storm | undefined
  /** Counted by the streams, over all rounds. */
  readonly faults: { readonly lost: number; readonly repeated: number; readonly reordered: number }
}

interface Storm {
  readonly returned: number
  readonly failed: number
  /** Time until all streams that could reconnect had their response head. */
  readonly returnMs: number
  /** Fraction of the missed events that were replayed. */
  readonly replayedShare: number
  /** Events that were sent again, for each missed event. */
  readonly repeatedShare: number
  /** Time until all had their missed events; undefined = never. */
  readonly replayMs: number | undefined
}

/**
 * Latencies cover all events of all rounds. A value that is measured once per round is the median.
 */
export function toStanding(
  name: string,
  source: string,
  results: readonly RoundResult[],
): Standing {
  const journal = results.flatMap((result) => result.journal)
  const latencies = mergeLatencies(journal)
  const [first] = results
  const steps = (first?.steps ?? []).map(({ name: step, clients }, index) => {
    const all = results.flatMap(({ steps: ofRound }) => ofRound[index] ?? [])
    const of = (read: (step: StepResult) => number) => median(all.map(read))
    const ofSome = (read: (step: StepResult) => number | undefined) => {
      const known = all.map(read).filter((value) => value !== undefined)
      return known.length === 0 ? undefined : median(known)
    }
    return {
      name: step,
      clients,
      open: of(({ open }) => open),
      fewestOpen: Math.min(...all.map(({ open }) => open)),
      mostOpen: Math.max(...all.map(({ open }) => open)),
      residentBytes: of(({ residentBytes }) => residentBytes),
      servedBytes: of(({ servedBytes }) => servedBytes),
      kernelBytes: of(({ kernelBytes }) => kernelBytes),
      connectMicros: of(({ connectMicros }) => connectMicros),
      cpuMicros: of(({ cpuMicros }) => cpuMicros),
      framesPerWrite: ofSome(({ framesPerWrite }) => framesPerWrite),
      stallMs: ofSome(({ stallMs }) => stallMs),
      latency: latencies.find((row) => row.step === step),
    }
  })
  const { gaps = 0, duplicates = 0, reordered = 0 } = mergeStats(journal)
  const faults = { lost: gaps, repeated: duplicates, reordered }
  return { name, source, steps, storm: medianStorm(results), faults }
}

function medianStorm(results: readonly RoundResult[]): Storm | undefined {
  const storms = results
    .map(({ journal }) => stormOf(journal))
    .filter((storm) => storm !== undefined)
  if (storms.length === 0) return undefined
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

function stormOf(journal: RoundResult['journal']): Storm | undefined {
  const phases = new Map(mergePhases(journal).map((phase) => [phase.name, phase]))
  if (!phases.has('return')) return undefined
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

/** For an even number of values, the lower of the two in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}
