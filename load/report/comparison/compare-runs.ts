import type { CheckEntry } from '../merge.ts'
import type { EarlierRun } from './earlier-run.ts'
import type { Figure } from './figures.ts'

interface Comparison {
  readonly name: string
  readonly unit: Figure['unit']
  readonly before: number
  readonly now: number
  /** As a fraction of the earlier value. */
  readonly change: number
  /**
   * How far the parts of one run are apart, as a fraction of their middle, in the run where they are
   * further apart; undefined = not measured.
   */
  readonly noise: number | undefined
  readonly verdict: 'worse' | 'better' | 'same' | 'not judged'
}

/** Fewer parts show no noise. */
const FEWEST_PARTS = 3

/**
 * A figure is worse when every part of this run is worse than every part of the earlier one, and the
 * change is larger than the noise. With five parts each, equal runs whose parts vary independently
 * look so at most once in 252 times.
 */
export function compareRuns(
  before: Pick<EarlierRun, 'figures'>,
  now: readonly Figure[],
): readonly Comparison[] {
  const earlier = new Map(before.figures.map((figure) => [figure.name, figure]))
  return now.flatMap((figure): Comparison[] => {
    const old = earlier.get(figure.name)
    return old === undefined || old.unit !== figure.unit ? [] : [compare(old, figure)]
  })
}

function compare(before: Figure, now: Figure): Comparison {
  const { name, unit } = now
  const values = { name, unit, before: before.value, now: now.value }
  const change = before.value === now.value ? 0 : now.value / before.value - 1
  if (Math.min(before.parts.length, now.parts.length) < FEWEST_PARTS) {
    return { ...values, change, noise: undefined, verdict: 'not judged' }
  }
  const noise = Math.max(spreadOf(before.parts), spreadOf(now.parts))
  return { ...values, change, noise, verdict: verdictOf(before, now, noise) }
}

function verdictOf(before: Figure, now: Figure, noise: number): Comparison['verdict'] {
  if (isBeyond(now, before, noise)) return 'worse'
  return isBeyond(before, now, noise) ? 'better' : 'same'
}

function isBeyond(larger: Figure, smaller: Figure, noise: number): boolean {
  const isApart = Math.min(...larger.parts) > Math.max(...smaller.parts)
  return isApart && larger.value > smaller.value * (1 + noise)
}

function spreadOf(parts: readonly number[]): number {
  const sorted = parts.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0
  return middle === 0 ? 0 : ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / middle
}

/** A check for each figure that could be judged. */
export function comparisonChecks(comparisons: readonly Comparison[]): readonly CheckEntry[] {
  return comparisons
    .filter(({ verdict }) => verdict !== 'not judged')
    .map((comparison) => {
      const { name, before, now, unit } = comparison
      const detail = `${shown(before)} ${unit} before, ${shown(now)} ${unit} now, ${changeOf(comparison)}`
      const isOk = comparison.verdict !== 'worse'
      return { kind: 'check', name: `not worse than before: ${name}`, isOk, detail }
    })
}

/** For a console, with columns of equal width. */
export function comparisonTable(comparisons: readonly Comparison[]): readonly string[] {
  const head = ['figure', 'before', 'now', 'change', 'noise', '']
  const rows = comparisons.map(({ name, unit, before, now, change, noise, verdict }) => [
    name,
    `${shown(before)} ${unit}`,
    `${shown(now)} ${unit}`,
    percent(change),
    noise === undefined ? '' : percent(noise).replace('+', ''),
    verdict,
  ])
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 || column === row.length - 1 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
}

function changeOf({ change, noise }: Comparison): string {
  return `${percent(change)}${noise === undefined ? '' : `, noise ${percent(noise).replace('+', '')}`}`
}

function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return '-'
  return `${fraction > 0 ? '+' : ''}${(fraction * 100).toFixed(1)} %`
}

function shown(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 })
}
