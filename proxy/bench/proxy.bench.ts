import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import {
  type Contestant,
  type ContestantOptions,
  frameNow,
  startLoop,
  startNchan,
  startOurs,
} from './contestants.ts'
import { numberOf, Talker } from './lines.ts'

/**
 * One event to many clients: this proxy, nchan and a bare write loop, alternating, medians of all rounds; then memory and
 * coalescing. `npm run bench -- proxy [--clients 10000] [--rounds 5] [--processes 1] [--write]`
 */
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    processes: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
})
const clients = Number(values.clients)
const rounds = Number(values.rounds)
const processes = Number(values.processes)
const EVENTS = 7
const PAUSE_MS = 500

interface Round {
  readonly connectMs: number
  readonly p50: number
  readonly p99: number
  readonly last: number
  readonly bytesPerClient: number
}

const STARTERS = { ours: startOurs, nchan: startNchan, 'write loop': startLoop } as const
type Name = keyof typeof STARTERS

const folder = mkdtempSync(join(tmpdir(), 'fleet-'))
const fleet = join(folder, 'fleet')
const build = spawnSync('go', ['build', '-o', fleet, '.'], {
  cwd: fileURLToPath(new URL('fleet', import.meta.url)),
  encoding: 'utf8',
})
assert.equal(build.status, 0, `the fleet does not build: ${build.stderr}`)

// With one process each end has a core of its own; with more the system shares them out.
const isPinned = processes === 1 && cpus().length > 1
const options: ContestantOptions = { clients, processes, cpu: isPinned ? 0 : undefined, fleet }

const results = new Map<Name, Round[]>([
  ['ours', []],
  ['nchan', []],
  ['write loop', []],
])
for (let round = 1; round <= rounds; round += 1) {
  for (const [name, list] of results) {
    await using contestant = await STARTERS[name](options)
    list.push(await race(contestant))
    process.stderr.write(`${name}, round ${round}: ${JSON.stringify(list.at(-1))}\n`)
  }
}
const rate = await coalescedRate()
print()
rmSync(folder, { recursive: true })

async function race(contestant: Contestant): Promise<Round> {
  const beforeBytes = await contestant.residentBytes()
  await using crowd = startCrowd(contestant)
  const connectMs = numberOf(await crowd.hear('connected', 1, 120_000), 'ms')
  await pause(1000)
  const bytesPerClient = ((await contestant.residentBytes()) - beforeBytes) / clients
  for (let event = 1; event <= EVENTS; event += 1) {
    await contestant.fire()
    await crowd.hear('event', event)
    await pause(PAUSE_MS)
  }
  const events = crowd.all('event')
  const of = (key: string) => median(events.map((event) => numberOf(event, key)))
  return { connectMs, p50: of('p50'), p99: of('p99'), last: of('last'), bytesPerClient }
}

/** Events at a rate that no one-write-per-event server could follow. */
async function coalescedRate() {
  const [perSecond, seconds, every] = [300, 5, 50]
  await using ours = await startOurs(options)
  await using crowd = startCrowd(ours, every)
  await crowd.hear('connected', 1, 120_000)
  const startedMs = performance.now()
  let sent = 0
  while (sent < perSecond * seconds) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond)
    for (; sent < Math.min(due, perSecond * seconds); sent += 1) ours.backEnd.send(frameNow())
    await pause(3)
  }
  await crowd.hear('event', sent / every)
  const tookSeconds = (performance.now() - startedMs) / 1000
  const p99 = median(crowd.all('event').map((event) => numberOf(event, 'p99')))
  return { perSecond, delivered: (sent * clients) / tookSeconds, p99 }
}

/** `every` = of how many events one is timed. */
function startCrowd({ address, path }: Contestant, every = 1): Talker {
  return new Talker(
    fleet,
    ['clients', address, String(clients), path, String(every)],
    isPinned ? 1 : undefined,
  )
}

function print(): void {
  const rows = [...results].map(([name, list]) => {
    const of = (key: keyof Round) => median(list.map((round) => round[key]))
    const memory = name === 'write loop' ? '-' : `${(of('bytesPerClient') / 1024).toFixed(1)} KiB`
    const times = [of('p50'), of('p99'), of('last')].map((ms) => `${ms.toFixed(0)} ms`)
    return `| ${[name, ...times, `${(of('connectMs') / 1000).toFixed(2)} s`, memory].join(' | ')} |`
  })
  const text = [
    `One event to ${clients} clients, ${processes} serving process${processes === 1 ? '' : 'es'}, ${cpus().length} cores, medians of ${rounds} rounds of ${EVENTS} events:`,
    '',
    '| | p50 | p99 | last client | all connected | memory per client |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `Coalesced: ${rate.perSecond} events/s to all, ${(rate.delivered / 1e6).toFixed(2)} M deliveries/s, p99 ${rate.p99.toFixed(0)} ms.`,
    '',
  ].join('\n')
  process.stdout.write(text)
  if (values.write) {
    const path = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
    writeFileSync(
      path,
      `# Performance\n\nWritten by \`npm run bench -- proxy --clients ${clients} --rounds ${rounds} --processes ${processes} --write\`.\n\n${text}`,
    )
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
