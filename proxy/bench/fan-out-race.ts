import { barChart } from './bar-chart.ts'
import { type ContestantOptions, startLoop, startNchan, startOurs } from './contestants.ts'
import { Crowd } from './crowd.ts'
import { pause } from './pause.ts'
import { median, quantile } from './quantile.ts'

export interface RaceOptions {
  readonly fleet: string
  readonly clients: number
  readonly rounds: number
  /** Cores of the server and of the clients; undefined = as the system likes. */
  readonly cores: readonly [number, number] | undefined
  readonly processes: number
  readonly say: (text: string) => void
}

/** One contestant with all clients connected. Times in ms. */
interface Round {
  readonly connect: number
  readonly p50: number
  readonly p99: number
  readonly last: number
  readonly bytesPerClient: number
}

const EVENTS = 5
const PAUSE_MS = 400
const SETTLE_MS = 1000
const STARTERS = { ours: startOurs, nchan: startNchan, 'write loop': startLoop } as const
type RacerName = keyof typeof STARTERS
const NAMES: readonly RacerName[] = ['ours', 'nchan', 'write loop']

/** Medians of all rounds. */
export type RaceResult = ReadonlyMap<RacerName, Round>

/** One event to many clients: this proxy, nchan and a bare write loop in Go, in turn, round after round. */
export async function raceFanOut(options: RaceOptions): Promise<RaceResult> {
  const rounds = new Map<RacerName, Round[]>(NAMES.map((name) => [name, []]))
  for (let number = 1; number <= options.rounds; number += 1) {
    for (const [name, list] of rounds) {
      const round = await runRound(name, options)
      list.push(round)
      options.say(`${options.clients} clients, ${name}, round ${number}: last ${round.last} ms`)
    }
  }
  return new Map(
    [...rounds].map(([name, list]) => {
      const of = (key: keyof Round) => median(list.map((round) => round[key]))
      const [connect, p50, p99] = [of('connect'), of('p50'), of('p99')]
      return [name, { connect, p50, p99, last: of('last'), bytesPerClient: of('bytesPerClient') }]
    }),
  )
}

async function runRound(name: RacerName, options: RaceOptions): Promise<Round> {
  const { clients, fleet, cores, processes } = options
  const [serverCore, clientCore] = cores ?? []
  const started: ContestantOptions = { clients, processes, cpu: serverCore, fleet }
  await using contestant = await STARTERS[name](started)
  const beforeBytes = await contestant.residentBytes()
  await using crowd = new Crowd(contestant, { fleet, clients, cpu: clientCore })
  const connect = await crowd.connected()
  await pause(SETTLE_MS)
  const bytesPerClient = ((await contestant.residentBytes()) - beforeBytes) / clients
  const events: (readonly number[])[] = []
  for (let number = 1; number <= EVENTS; number += 1) {
    await contestant.fire()
    events.push(await crowd.event(number))
    await pause(PAUSE_MS)
  }
  const of = (share: number) => median(events.map((sorted) => quantile(sorted, share)))
  return { connect, p50: of(0.5), p99: of(0.99), last: of(1), bytesPerClient }
}

/** A table and a chart for each number of clients. */
export function raceReport(results: ReadonlyMap<number, RaceResult>): readonly string[] {
  return [...results].flatMap(([clients, result]) => {
    const bars = [...result].map(([name, { last }]) => ({ name, value: last }))
    return [
      `**${clients} clients**`,
      '',
      '| | p50 | p99 | last client | all connected | memory per client |',
      '|---|---|---|---|---|---|',
      ...[...result].map(([name, round]) => {
        const times = [round.p50, round.p99, round.last].map((ms) => `${ms.toFixed(0)} ms`)
        const connected = `${(round.connect / 1000).toFixed(2)} s`
        const memory =
          name === 'write loop' ? '-' : `${(round.bytesPerClient / 1024).toFixed(1)} KiB`
        return `| ${[name, ...times, connected, memory].join(' | ')} |`
      }),
      '',
      'Last client, median:',
      '',
      ...barChart(bars, 'ms'),
      '',
    ]
  })
}
