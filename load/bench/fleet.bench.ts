import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { readCommandLine } from '../runner/command-line.ts'
import { runLoad } from '../runner/run-load.ts'
import { log, runBench } from './bench-command.ts'
import { markdownTable } from './markdown-table.ts'

/**
 * Cost of a stream in k6: resident memory of an idle process with few and with many streams, and
 * processor time of a whole run of `smoke`. Exits with 1 when a stream exceeds its budget.
 */
const FEW = 1_000
const MANY = 11_000
const GOALS_KB = { http: 24, raw: 13 } as const

await runBench(async (signal) => {
  const reportDir = await mkdtemp(join(tmpdir(), 'fleet-'))
  try {
    const rows: string[][] = []
    for (const transport of ['http', 'raw'] as const) {
      const few = await measure(transport, FEW, reportDir, signal)
      const many = await measure(transport, MANY, reportDir, signal)
      const perStream = (many.residentBytes - few.residentBytes) / (MANY - FEW) / 1024
      const goal = GOALS_KB[transport]
      if (!many.isOk || perStream > goal) process.exitCode = 1
      rows.push([
        transport,
        `${perStream.toFixed(1)} KiB`,
        `${goal} KiB`,
        `${((many.cpuMs / many.events) * 1000).toFixed(1)} µs`,
      ])
    }
    const head = ['transport', 'resident, each stream', 'goal', 'processor time, each event']
    const text = [
      `Difference between ${FEW} and ${MANY} streams in one k6, with one virtual user per thousand. Processor time\nis that of the whole run, opening included.`,
      markdownTable(head, ...rows),
    ]
    process.stdout.write(`${text.join('\n\n')}\n`)
  } finally {
    await rm(reportDir, { recursive: true, force: true })
  }
})

async function measure(transport: string, streams: number, reportDir: string, signal: AbortSignal) {
  const flags = ['--transport', transport, '--streams', String(streams), '--report', reportDir]
  const command = readCommandLine(['smoke', ...flags], process.env)
  if (command.kind === 'help') throw new Error('expected a run')
  const outcome = await runLoad(command.options, signal, log)
  const k6 = outcome.usage.find(({ name }) => name === 'k6 1')
  return {
    isOk: outcome.isOk,
    residentBytes: k6?.idleBytes ?? Number.NaN,
    cpuMs: k6?.cpuMs ?? Number.NaN,
    events: outcome.stats['events'] ?? Number.NaN,
  }
}
