import type { Usage } from '../../process/usage.ts'
import type { JournalEntry } from '../journal-entry.ts'
import { type LatencyRow, lastStreamMs, type Metric } from '../merge.ts'

/** A result of a run; less is better. */
export interface Figure {
  readonly name: string
  readonly unit: 'ms' | 'MB' | 's'
  readonly value: number
  /** The same figure of equal parts of the run, in order: what it varies by itself. Empty = unknown. */
  readonly parts: readonly number[]
}

/** As many parts as a step with few events allows, each with several of them. */
const PARTS = 5
const FEWEST_OF_A_PART = 2

/** What two runs of one scenario can be compared by. */
export function figuresOf(
  journal: readonly JournalEntry[],
  latencies: readonly LatencyRow[],
  metrics: Readonly<Record<string, Metric['values']>>,
  usage: readonly Usage[],
): readonly Figure[] {
  return [
    ...latencies.flatMap((row) => delayFigures(journal, row)),
    ...['sse_connect', 'sse_ttfb'].flatMap((metric): Figure[] => {
      const value = metrics[metric]?.['p(95)']
      return value === undefined ? [] : [{ name: `${metric} p(95)`, unit: 'ms', value, parts: [] }]
    }),
    ...usage.flatMap(({ name, idleBytes, cpuMs }): Figure[] => [
      { name: `${name}: CPU`, unit: 's', value: cpuMs / 1000, parts: [] },
      ...(idleBytes === undefined
        ? []
        : [
            {
              name: `${name}: memory, idle`,
              unit: 'MB' as const,
              value: idleBytes / 1e6,
              parts: [],
            },
          ]),
    ]),
  ]
}

function delayFigures(
  journal: readonly JournalEntry[],
  { step, count, p50, p99 }: LatencyRow,
): readonly Figure[] {
  const delays = lastStreamMs(journal, step)
  const figures: Figure[] = []
  if (delays.length > 0) {
    const parts = partsOf(delays).map(median)
    figures.push({ name: `${step}: last stream, median`, unit: 'ms', value: median(delays), parts })
  }
  if (count > 0) {
    figures.push({ name: `${step}: p50`, unit: 'ms', value: p50, parts: [] })
    figures.push({ name: `${step}: p99`, unit: 'ms', value: p99, parts: [] })
  }
  return figures
}

/** Consecutive parts of equal size; none when they would be too small. */
function partsOf(values: readonly number[]): readonly (readonly number[])[] {
  if (values.length < PARTS * FEWEST_OF_A_PART) return []
  return Array.from({ length: PARTS }, (_, index) => {
    const edge = (part: number) => Math.floor((values.length * part) / PARTS)
    return values.slice(edge(index), edge(index + 1))
  })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}
