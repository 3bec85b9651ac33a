import type { RowState } from '../process/row.ts'
import { counter, gauge, type Metric, type Sample } from './metric.ts'

/** What a proxy does in its row. Without a row they have no samples. `names` = of the back ends. */
export function rowMetrics(row: RowState | undefined, names: readonly string[]): readonly Metric[] {
  const each = (of: (row: RowState) => number | boolean): readonly Sample[] =>
    row === undefined ? [] : [{ labels: { row: row.name }, value: Number(of(row)) }]
  const terms = row?.terms ?? []
  return [
    gauge(
      'row_joined',
      'Whether the proxy has the log that its row shares',
      ['row'],
      each(({ hasJoined }) => hasJoined),
    ),
    gauge(
      'row_alone',
      'Whether the proxy reads all back ends itself, because the engine is away',
      ['row'],
      each(({ isAlone }) => isAlone),
    ),
    gauge(
      'row_number',
      'Number of the newest event of the shared log that clients have',
      ['row'],
      each(({ number }) => number),
    ),
    gauge(
      'row_term',
      'In which term the proxy reads a back end for its row; 0 = another proxy may',
      ['back_end'],
      terms.map((term = 0, index) => ({ labels: { back_end: names[index] ?? '' }, value: term })),
    ),
    gauge(
      'engine_up',
      'Whether the engine of the row answers, and accepts events',
      ['row'],
      each(({ failure, isSettled }) => failure === undefined && isSettled),
    ),
    counter(
      'engine_failures',
      'Calls of the engine that failed',
      ['row'],
      each(({ counts }) => counts.failures),
    ),
    counter(
      'engine_healed',
      'Events that the engine had lost and got back from this proxy',
      ['row'],
      each(({ counts }) => counts.healed),
    ),
    counter(
      'row_gaps',
      'How often all clients of the proxy got a gap event because of the engine',
      ['row'],
      each(({ counts }) => counts.gaps),
    ),
  ]
}
