import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { cac } from 'cac'

import { LoadError } from '../errors.ts'
import { startOrigin } from '../origin/origin.ts'
import { findK6 } from '../process/k6-binary.ts'
import { killPrograms } from '../process/program.ts'
import { consoleText, markdownText } from '../report/escape.ts'
import { planRun } from '../runner/plan.ts'
import { type Box, findShortages, readBox } from '../runner/preflight.ts'
import { centrifugo } from './peers/centrifugo.ts'
import { mercure } from './peers/mercure.ts'
import { nchan } from './peers/nchan.ts'
import type { Contestant } from './peers/peer.ts'
import { pushpin } from './peers/pushpin.ts'
import { sseProxy } from './peers/sse-proxy.ts'
import { varnish } from './peers/varnish.ts'
import { raceAgainst, type Result } from './race/race.ts'
import { toStanding } from './race/standing.ts'
import { standingsTable } from './race/table.ts'

/** The same events to the same crowd through this proxy and through others, in turns. Faults of a server are results here. */
const CONTESTANTS = [sseProxy, nchan, varnish, pushpin, mercure, centrifugo]
/** Events of different rounds have different numbers. */
const NUMBERS_PER_ROUND = 1_000
/** Files that a server has open besides its clients. */
const RESERVED_FILES = 500
/** Events that those who are reset miss. */
const MISSED = 20
const METHOD = [
  'Clients are those of `k6/x/ssefleet`, raw, 1,500 new ones a second; the largest crowd is what a server of one process can hold by the limit of',
  `open files. Servers that can have several processes have one for each core. A hub, which is posted to, gets its events by a small bridge, whose`,
  'time counts. Resident memory is proportional (`Pss`) and with whatever garbage there is; kernel memory is that of both ends of the connections.',
  `Processor time includes what the kernel spends on the far end of a loopback connection. Those who are reset miss ${MISSED} events.`,
].join('\n')

const cli = cac('npm run bench -- peers')
cli.option(
  '--clients <LIST>',
  'numbers of clients, ascending (default: 1000, 10000, and 20000 or what one process can hold)',
)
cli.option('--rounds <N>', 'how often each has its turn', { default: 2 })
cli.option('--events <N>', 'single events for each number of clients', { default: 4 })
cli.option('--only <LIST>', 'names of those that take part')
cli.help()
const { options } = cli.parse(['node', cli.name, ...process.argv.slice(2)], { run: false })
process.once('exit', killPrograms)
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => stop.abort(new LoadError('interrupted', `stopped by ${name}`)))
}
if (options['help'] !== true) {
  try {
    await run(stop.signal)
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    say(error.message)
    process.exitCode = error.code === 'usage' ? 2 : 3
  }
}

async function run(signal: AbortSignal): Promise<void> {
  const box = await readBox()
  const steps = stepsFor(box)
  const [rounds, events] = [count('rounds'), count('events')]
  const spread = { streams: Math.max(...steps), processes: undefined, localIps: undefined }
  const plan = planRun({ ...spread, startsProxy: true, proxies: 1, isLoopback: true }, box)
  const shortages = findShortages(plan, box)
  if (shortages.length > 0) throw new LoadError('cannot-start', shortages.join('\n'))
  const k6 = await findK6({ path: undefined, onBuild: () => say('building k6'), signal })
  const results = new Map<Contestant, Result[]>(takingPart().map((one) => [one, []]))
  const missing: string[] = []

  for (let round = 1; round <= rounds; round++) {
    for (const [contestant, ofRounds] of results) {
      say(`${contestant.name}, round ${round}`)
      try {
        ofRounds.push(await turn(contestant, round))
      } catch (error) {
        if (!(error instanceof LoadError) || error.code !== 'cannot-start') throw error
        say(error.message)
        missing.push(contestant.name)
        results.delete(contestant)
      }
    }
  }
  const standings = [...results].map(([{ name, source }, ofRounds]) => {
    return toStanding(name, source, ofRounds)
  })
  const versions = await Promise.all([...results.keys()].map((one) => one.version(signal)))
  const parts = [
    `${cpus().length} cores for server, back end and clients together, ${rounds} rounds.\n${METHOD}`,
    standingsTable(standings),
    `Versions: ${versions.map(markdownText).join(', ')}.`,
    ...(missing.length > 0 ? [`Not there: ${missing.join(', ')}.`] : []),
  ]
  process.stdout.write(`${parts.join('\n\n')}\n`)

  async function turn(contestant: Contestant, round: number): Promise<Result> {
    const scratchDir = await mkdtemp(join(tmpdir(), 'peers-'))
    try {
      await using origin = await startOrigin(0)
      const originUrl = origin.url
      await using peer = await contestant.start({
        originUrl,
        workers: Math.max(plan.workers, box.cpus),
        scratchDir,
        signal,
      })
      const race = {
        steps,
        events,
        missed: MISSED,
        first: round * NUMBERS_PER_ROUND,
        perSecond: 1_500,
      }
      return await raceAgainst(peer, { race, plan, k6, originUrl, scratchDir, signal, say })
    } finally {
      await rm(scratchDir, { recursive: true, force: true })
    }
  }
}

/** The largest is one that servers of a single process can take part in. */
function stepsFor({ filesPerProcess = Number.POSITIVE_INFINITY }: Box): readonly number[] {
  const given = text(options['clients'])
  if (given === undefined)
    return [1_000, 10_000, Math.min(20_000, filesPerProcess - RESERVED_FILES)]
  const steps = given.split(',').map(Number)
  const isAscending = steps.every((step, index) => step > (steps[index - 1] ?? 0))
  if (isAscending) return steps
  throw new LoadError('usage', `--clients: expected ascending numbers, got ${given}`)
}

function takingPart(): readonly Contestant[] {
  const only = text(options['only'])?.split(',') ?? CONTESTANTS.map(({ name }) => name)
  const names = CONTESTANTS.map(({ name }) => name)
  const strangers = only.filter((name) => !names.includes(name))
  if (strangers.length === 0) return CONTESTANTS.filter(({ name }) => only.includes(name))
  throw new LoadError('usage', `--only: expected ${names.join(', ')}, got ${strangers.join(', ')}`)
}

function count(flag: 'rounds' | 'events'): number {
  const value = Number(options[flag])
  if (Number.isInteger(value) && value > 0) return value
  throw new LoadError('usage', `--${flag}: expected a number from 1 on, got ${text(options[flag])}`)
}

/** A flag's value; a lone number comes as one. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined
}

function say(line: string): void {
  process.stderr.write(`${consoleText(line)}\n`)
}
