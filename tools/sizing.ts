import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { Command, InvalidArgumentError } from 'commander'

import { DEFAULTS, pageWithTable } from './sizing/sizing-page.ts'
import { sizingTable } from './sizing/sizing-table.ts'

/**
 * `npm run sizing`: how many proxies a number of clients needs, from measured figures, and what a
 * simulation says about the time of an event to its last client.
 */
const PAGE = fileURLToPath(new URL('../docs/scaling.md', import.meta.url))

const { clients, events, cores, memory, files, write } = new Command('npm run sizing --')
  .option('--clients <LIST>', 'numbers of clients', numbers, DEFAULTS.clients)
  .option('--events <N>', 'events per second at the busiest time', number, DEFAULTS.eventsPerSecond)
  .option('--cores <N>', 'cores of one machine', number, DEFAULTS.machine.cores)
  .option('--memory <GIB>', 'memory of one machine', number, DEFAULTS.machine.memoryGiB)
  .option('--files <N>', 'open files of one process', number, DEFAULTS.machine.files)
  .option('--write', 'write the table of docs/scaling.md', false)
  .addHelpText('after', '\nnpm run sizing -- --clients 50000,300000 --events 25 --cores 4')
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{
    clients: readonly number[]
    events: number
    cores: number
    memory: number
    files: number
    write: boolean
  }>()

if (write) writeFileSync(PAGE, pageWithTable(readFileSync(PAGE, 'utf8')))
else {
  const machine = { cores, memoryGiB: memory, files }
  const table = sizingTable({ clients, eventsPerSecond: events, machine })
  process.stdout.write(`${table}\n`)
}

function number(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= 1e9) return value
  throw new InvalidArgumentError('Expected a number above 0, up to 1,000,000,000.')
}

function numbers(text: string): readonly number[] {
  return text.split(',').map(number)
}
