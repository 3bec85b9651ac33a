import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { cac } from 'cac'

import { buildFleet } from './build-fleet.ts'
import { measureRates, rateReport } from './event-rates.ts'
import { type RaceResult, raceFanOut, raceReport } from './fan-out-race.ts'
import { measureStorm, stormReport } from './return-storm.ts'

/**
 * What the proxy takes for many clients: one event to 1,000 to 28,000 of them against nchan (Debian's libnginx-mod-nchan) and
 * a bare write loop in Go, events at a rate, and returning crowds. Needs Go, and Linux for memory and processor time.
 */
const PARTS = ['race', 'rates', 'storms'] as const
/** More clients than one process may open files for take two. */
const CLIENTS_OF_ONE_PROCESS = 14_000

const cli = cac('npm run bench -- proxy')
cli.option('--parts <NAMES>', 'what to measure', { default: PARTS.join(',') })
cli.option('--clients <NUMBERS>', 'sizes of the race', { default: '1000,10000,20000,28000' })
cli.option('--rounds <N>', 'rounds of the race; medians are shown', { default: 5 })
cli.example('npm run bench -- proxy --parts race --clients 10000 --rounds 3')
cli.help()
const { options } = cli.parse(['node', cli.name, ...process.argv.slice(2)], { run: false })
if (options['help'] !== true) await run()

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'))
  try {
    const fleet = buildFleet(folder)
    const parts = String(options['parts']).split(',')
    const sizes = String(options['clients']).split(',').map(Number)
    const lines: string[] = []
    if (parts.includes('race')) lines.push(...(await race(fleet, sizes)))
    if (parts.includes('rates')) lines.push(...(await rates(fleet)))
    if (parts.includes('storms')) lines.push(...(await storms(fleet)))
    process.stdout.write(`${lines.join('\n')}\n`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function race(fleet: string, sizes: readonly number[]): Promise<readonly string[]> {
  const results = new Map<number, RaceResult>()
  for (const clients of sizes) {
    const processes = Math.ceil(clients / CLIENTS_OF_ONE_PROCESS)
    // With one process each end has a core of its own; with more the system shares them out.
    const cores = processes === 1 ? coresForTwo() : undefined
    const rounds = Number(options['rounds'])
    results.set(clients, await raceFanOut({ fleet, clients, rounds, cores, processes, say }))
  }
  return [
    `One event to all clients, over loopback, medians of ${Number(options['rounds'])} rounds in which the three take turns. Up to`,
    `${CLIENTS_OF_ONE_PROCESS} clients the server has one core and the clients the other; above, servers have two processes and share both.`,
    '',
    ...raceReport(results),
  ]
}

async function rates(fleet: string): Promise<readonly string[]> {
  const clients = 10_000
  return rateReport(clients, await measureRates({ fleet, clients, cores: coresForTwo(), say }))
}

async function storms(fleet: string): Promise<readonly string[]> {
  const sizes = [
    { staying: 5000, returning: 5000, processes: 1 },
    { staying: 25_200, returning: 2800, processes: 2 },
  ]
  const results = []
  for (const size of sizes) results.push(await measureStorm({ fleet, ...size, say }))
  return stormReport(results)
}

function coresForTwo(): readonly [number, number] | undefined {
  return cpus().length > 1 ? [0, 1] : undefined
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
