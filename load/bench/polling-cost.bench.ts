import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { METHODS, PACES, stepName } from '../lib/benchmarks/polling-paces.ts'
import type { Outcome } from '../report/outcome.ts'
import { readCommandLine } from '../runner/command-line.ts'
import { runLoad } from '../runner/run-load.ts'
import { log, runBench } from './bench-command.ts'
import { markdownTable } from './markdown-table.ts'
import { textChart } from './text-chart.ts'

/**
 * Cost of following a change log, by `load/scenarios/polling-cost.ts`: four methods at two rates.
 * Takes the flags of `npm run load`. Exits with 1 when a client missed a change.
 */
const LONG_POLLING = [
  'The store has no long polling of change logs. `load/long-poll` replaces it: it holds a request for',
  'an empty page and requests the page again at each change, so the store renders two pages for each.',
].join('\n')

await runBench(async (signal) => {
  const reportDir = await mkdtemp(join(tmpdir(), 'polling-'))
  try {
    const given = ['--profile', 'baseline', ...process.argv.slice(2), '--report', reportDir]
    const command = readCommandLine(['polling-cost', ...given], process.env)
    if (command.kind === 'help') {
      process.stdout.write(command.text)
      return
    }
    const outcome = await runLoad(command.options, signal, log)
    process.stdout.write(`${costTable(outcome)}\n`)
    process.exitCode = outcome.isOk ? 0 : 1
  } finally {
    await rm(reportDir, { recursive: true, force: true })
  }
})

function costTable(outcome: Outcome): string {
  const { streams } = outcome.spread
  return [
    `${streams} clients of one change log; polling clients send one request a second.`,
    ...PACES.flatMap((pace) => {
      const costs = METHODS.map((method) => ({
        method,
        ...costOf(outcome, stepName(pace, method)),
      }))
      const perChange = (value: number) => value / pace.changes
      const rows = costs.map(({ method, requests, bytes, cpuMs, p50, p95 }) => [
        method,
        (perChange(requests) / streams).toFixed(1),
        `${(perChange(bytes) / streams / 1000).toFixed(1)} kB`,
        `${perChange(cpuMs).toFixed(0)} ms`,
        `${p50.toFixed(0)} / ${p95.toFixed(0)} ms`,
      ])
      const bars = costs.map(({ method, cpuMs }) => {
        const value = perChange(cpuMs)
        return { label: method, value, text: `${value.toFixed(0)} ms` }
      })
      return [
        `### A change every ${pace.everyMs / 1000} s`,
        markdownTable(
          [
            '',
            'requests, client and change',
            'bytes',
            'store, for a change',
            'seen after, p50 / p95',
          ],
          ...rows,
        ),
        `Processor time of the store for one change:\n\n\`\`\`text\n${textChart(bars)}\n\`\`\``,
      ]
    }),
    LONG_POLLING,
  ].join('\n\n')
}

function costOf(outcome: Outcome, step: string) {
  const { requests = 0, bytes = 0 } = outcome.phases.find(({ name }) => name === step)?.facts ?? {}
  const cpuMs = outcome.cpuByPhase.find(({ phase }) => phase === step)?.cpuMs['store'] ?? Number.NaN
  const { p50 = Number.NaN, p95 = Number.NaN } =
    outcome.latencies.find((row) => row.step === step) ?? {}
  return { requests, bytes, cpuMs, p50, p95 }
}
