import type { Outcome } from '../../report/outcome.ts'
import { markdownTable } from '../markdown-table.ts'

/**
 * Runs of `reconnect-storm` as Markdown: reconnecting clients, and the events of those that stayed
 * connected.
 */
export function stormsTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => {
    const { opened = 0 } = phaseOf(outcome, 'reconnect all at once')?.facts ?? {}
    return [
      String(opened),
      String(outcome.spread.streams - opened),
      milliseconds(phaseOf(outcome, 'reconnect all at once')?.tookMs),
      milliseconds(phaseOf(outcome, 'reconnect and replay')?.tookMs),
      latencyOf(outcome, 'live events before the storm'),
      latencyOf(outcome, 'live events during the storm'),
    ]
  })
  const head = ['returning', 'staying', 'all connected after', 'all have the missed events after']
  return [
    '**Clients that all reconnect at once, each with 200 missed events**',
    markdownTable([...head, 'live event before, p50 / p99', 'meanwhile, p50 / p99'], ...rows),
  ].join('\n\n')
}

function phaseOf({ phases }: Outcome, wanted: string) {
  return phases.find(({ name }) => name === wanted)
}

function latencyOf({ latencies }: Outcome, wanted: string): string {
  const row = latencies.find(({ step }) => step === wanted)
  return `${row?.p50.toFixed(0) ?? '-'} / ${milliseconds(row?.p99)}`
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${ms.toFixed(0)} ms`
}
