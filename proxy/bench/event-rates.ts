import { readMetrics } from '../testing/read-metrics.ts'
import {
  type Contestant,
  frameNow,
  type OurProxy,
  startLoop,
  startNchan,
  startOurs,
} from './contestants.ts'
import { Crowd } from './crowd.ts'
import { pause } from './pause.ts'
import { median, quantile } from './quantile.ts'

export interface RateOptions {
  readonly fleet: string
  readonly clients: number
  readonly cores: readonly [number, number] | undefined
  readonly say: (text: string) => void
}

/** What a contestant did with events at some rate. */
export interface RateResult {
  readonly name: string
  readonly perSecond: number
  /** Deliveries per second, and per second of processor time that the server took. */
  readonly delivered: number
  readonly deliveredPerCore: number
  readonly p50: number
  readonly p99: number
  readonly framesPerWrite: number | undefined
  readonly stallMs: number | undefined
}

const SECONDS = 5
const RATES = [50, 200, 500]
const TICK_MS = 3
const ONE_AFTER_ANOTHER = 40
const FRAMES_PER_WRITE = 'sse_proxy_frames_per_write'
const LOOP_DELAY = 'sse_proxy_loop_delay_ms{process="1"}'

/** Events faster than one write for each could carry them; and, for the others, as fast as they go one after another. */
export async function measureRates(options: RateOptions): Promise<readonly RateResult[]> {
  const results: RateResult[] = []
  for (const perSecond of RATES) results.push(await ourRate(options, perSecond))
  results.push(await oneAfterAnother('nchan', startNchan, options))
  results.push(await oneAfterAnother('write loop', startLoop, options))
  return results
}

async function ourRate(options: RateOptions, perSecond: number): Promise<RateResult> {
  const { fleet, clients, cores, say } = options
  const [serverCore, clientCore] = cores ?? []
  const every = perSecond / 10
  await using ours = await startOurs({ clients, processes: 1, cpu: serverCore, fleet })
  await using crowd = new Crowd(ours, { fleet, clients, cpu: clientCore, every })
  await crowd.connected()
  await readMetrics(ours.adminPort) // The greatest delay is counted from one reading to the next.
  const cpuBefore = ours.cpuMs()
  const startedMs = performance.now()
  await sendAtRate(ours, perSecond)
  const timed: (readonly number[])[] = []
  for (let number = 1; number <= (perSecond * SECONDS) / every; number += 1) {
    timed.push(await crowd.event(number))
  }
  const tookMs = performance.now() - startedMs
  const cpuMs = ours.cpuMs() - cpuBefore
  const metrics = await readMetrics(ours.adminPort)
  const deliveries = perSecond * SECONDS * clients
  say(`ours at ${perSecond}/s: ${tookMs.toFixed(0)} ms`)
  return {
    name: 'ours',
    perSecond,
    delivered: deliveries / (tookMs / 1000),
    deliveredPerCore: deliveries / (cpuMs / 1000),
    p50: median(timed.map((sorted) => quantile(sorted, 0.5))),
    p99: median(timed.map((sorted) => quantile(sorted, 0.99))),
    framesPerWrite: metrics.get(FRAMES_PER_WRITE),
    stallMs: metrics.get(LOOP_DELAY),
  }
}

async function sendAtRate({ backEnd }: OurProxy, perSecond: number): Promise<void> {
  const startedMs = performance.now()
  const total = perSecond * SECONDS
  for (let sent = 0; sent < total; await pause(TICK_MS)) {
    const due = Math.min(total, ((performance.now() - startedMs) / 1000) * perSecond)
    for (; sent < due; sent += 1) backEnd.send(frameNow())
  }
}

async function oneAfterAnother(
  name: string,
  start: (options: Parameters<typeof startNchan>[0]) => Promise<Contestant>,
  { fleet, clients, cores, say }: RateOptions,
): Promise<RateResult> {
  const [serverCore, clientCore] = cores ?? []
  await using contestant = await start({ clients, processes: 1, cpu: serverCore, fleet })
  await using crowd = new Crowd(contestant, { fleet, clients, cpu: clientCore })
  await crowd.connected()
  const cpuBefore = contestant.cpuMs()
  const startedMs = performance.now()
  const timed: (readonly number[])[] = []
  for (let number = 1; number <= ONE_AFTER_ANOTHER; number += 1) {
    await contestant.fire()
    timed.push(await crowd.event(number))
  }
  const tookMs = performance.now() - startedMs
  const cpuMs = contestant.cpuMs() - cpuBefore
  say(`${name}, ${ONE_AFTER_ANOTHER} events one after another: ${tookMs.toFixed(0)} ms`)
  const deliveries = ONE_AFTER_ANOTHER * clients
  return {
    name: `${name}, one event after another`,
    perSecond: ONE_AFTER_ANOTHER / (tookMs / 1000),
    delivered: deliveries / (tookMs / 1000),
    deliveredPerCore: deliveries / (cpuMs / 1000),
    p50: median(timed.map((sorted) => quantile(sorted, 0.5))),
    p99: median(timed.map((sorted) => quantile(sorted, 0.99))),
    framesPerWrite: undefined,
    stallMs: undefined,
  }
}

export function rateReport(clients: number, results: readonly RateResult[]): readonly string[] {
  return [
    `**Events at a rate, ${clients} clients, ${SECONDS} s**`,
    '',
    '| | events/s | delivered/s | per second of processor time | p50 | p99 | events per write | longest stall of the event loop |',
    '|---|---|---|---|---|---|---|---|',
    ...results.map((result) => {
      const cells = [
        result.name,
        result.perSecond.toFixed(0),
        thousands(result.delivered),
        thousands(result.deliveredPerCore),
        `${result.p50.toFixed(0)} ms`,
        `${result.p99.toFixed(0)} ms`,
        result.framesPerWrite?.toFixed(1) ?? '1',
        result.stallMs === undefined ? '-' : `${result.stallMs.toFixed(1)} ms`,
      ]
      return `| ${cells.join(' | ')} |`
    }),
    '',
  ]
}

function thousands(value: number): string {
  return `${(value / 1000).toFixed(0)} k`
}
