import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startOrigin } from '../origin/origin.ts'
import { findK6 } from '../process/k6-binary.ts'
import { readHostLimits } from '../runner/host-limits.ts'
import { type Plan, planRun } from '../runner/plan.ts'
import { benchCommand, log, positive, runBench, selection } from './bench-command.ts'
import { markdownTable } from './markdown-table.ts'
import type { Contestant } from './peers/peer.ts'
import { raceInTurns } from './race/rounds.ts'
import { toStanding } from './race/standing.ts'
import { centrifugoPair } from './row/centrifugo-pair.ts'
import { type FailoversResult, measureFailovers } from './row/failovers.ts'
import { failoversTable } from './row/failovers-table.ts'
import { nchanPair } from './row/nchan-pair.ts'
import type { PairProduct } from './row/pair.ts'
import { TwoProxies } from './row/two-proxies.ts'

/**
 * Two proxies that share a log in Redis, beside two proxies that do not: the latency of events, what
 * Redis does for them, and what clients get when the proxy that reads the back end is killed.
 */
const THIS_PROXY = 'this proxy with Redis'
const PRODUCTS: readonly PairProduct[] = [
  { name: THIS_PROXY, start: (options) => TwoProxies.start({ ...options, isRow: true }) },
  nchanPair,
  centrifugoPair,
]
const NAMES = PRODUCTS.map(({ name }) => name)
const PARTS = ['latency', 'failovers'] as const
const SECONDS = 5
const PER_SECOND = [10, 100, 500]
const CONNECTS_PER_SECOND = 2_000
const THIS_HOST = {
  processes: undefined,
  localIps: undefined,
  startsProxy: true,
  isLoopback: true,
} as const

const { parts, clients, rounds, failovers, events, lease, only } = benchCommand('row')
  .option('--parts <NAMES>', 'what to measure', selection(PARTS), PARTS)
  .option('--clients <N>', 'number of clients', positive, 10_000)
  .option('--rounds <N>', 'rounds in which both take turns', positive, 3)
  .option('--failovers <N>', 'how often the proxy that reads is killed', positive, 5)
  .option('--events <N>', 'events per second while it is killed', positive, 50)
  .option('--lease <MS>', 'engine.leaseMs', positive, 10_000)
  .option('--only <NAMES>', 'products whose failovers are measured', selection(NAMES), NAMES)
  .addHelpText(
    'after',
    `
npm run bench -- row --parts failovers --clients 1000 --failovers 20

14,000 clients on each of two proxies, one of which is killed:
npm run bench -- row --parts failovers --only 'this proxy with Redis' \\
  --clients 28000 --failovers 1 --events 10`,
  )
  .parse()
  .opts<{
    parts: readonly (typeof PARTS)[number][]
    clients: number
    rounds: number
    failovers: number
    events: number
    lease: number
    only: readonly string[]
  }>()

await runBench(async (signal) => {
  const sections: string[] = []
  if (parts.includes('latency')) sections.push(await latency(signal))
  if (parts.includes('failovers')) sections.push(await failoverSection(signal))
  process.stdout.write(`${sections.join('\n\n')}\n`)
})

function contestant(name: string, isRow: boolean): Contestant {
  return {
    name,
    source: 'reads the stream',
    version: () => Promise.resolve('this repository'),
    start: (options) => TwoProxies.start({ ...options, workers: 1, isRow, leaseMs: lease }),
  }
}

async function latency(signal: AbortSignal): Promise<string> {
  const both = [contestant('two proxies', false), contestant('two proxies in a row', true)]
  const { results } = await raceInTurns({
    contestants: both,
    race: {
      steps: PER_SECOND.map((perSecond) => ({
        name: `${perSecond} events/s`,
        clients,
        events: perSecond * SECONDS,
        perSecond,
      })),
      missed: 0,
      connectsPerSecond: CONNECTS_PER_SECOND,
    },
    rounds,
    workers: 1,
    signal,
    log,
  })
  const standings = [...results].map(([{ name, source }, all]) => toStanding(name, source, all))
  const rows = PER_SECOND.flatMap((perSecond, index) =>
    standings.map(({ name, steps }) => [
      String(perSecond),
      name,
      `${steps[index]?.latency?.p50.toFixed(1)} ms`,
      `${steps[index]?.latency?.p99.toFixed(1)} ms`,
      `${steps[index]?.cpuMicros.toFixed(1)} µs`,
    ]),
  )
  const head = ['events/s', '', 'p50', 'p99', 'processor time, each delivery, with Redis']
  return [
    `**Latency, ${clients.toLocaleString('en')} clients, ${SECONDS} s, ${rounds} rounds**`,
    markdownTable(head, ...rows),
  ].join('\n\n')
}

async function failoverSection(signal: AbortSignal): Promise<string> {
  const results = new Map<string, FailoversResult>()
  for (const product of PRODUCTS.filter(({ name }) => only.includes(name))) {
    log(product.name)
    results.set(product.name, await failoversOf(product, signal))
  }
  const ours = results.get(THIS_PROXY)
  if (ours !== undefined && ours.lost + ours.repeated + ours.reordered > 0) process.exitCode = 1
  return failoversTable(results, { perSecond: events, leaseMs: lease })
}

async function failoversOf(product: PairProduct, signal: AbortSignal): Promise<FailoversResult> {
  const limits = await readHostLimits()
  const among = (proxies: number): Plan =>
    planRun({ ...THIS_HOST, streams: clients, proxies }, limits)
  const k6 = await findK6({ path: undefined, onBuild: () => log('building k6'), signal })
  const scratchDir = await mkdtemp(join(tmpdir(), 'row-'))
  try {
    await using origin = await startOrigin(0)
    const common = { originUrl: origin.url, leaseMs: lease, scratchDir, signal }
    // After a failover one server has all clients.
    const { workers } = among(1)
    await using pair = await product.start({ ...common, workers })
    const pace = { perSecond: events, connectsPerSecond: CONNECTS_PER_SECOND }
    return await measureFailovers({ ...common, ...pace, plan: among(2), k6, pair, failovers, log })
  } finally {
    await rm(scratchDir, { recursive: true, force: true })
  }
}
