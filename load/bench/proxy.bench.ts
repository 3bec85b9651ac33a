import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { readCommandLine } from '../runner/command-line.ts'
import { runLoad } from '../runner/run-load.ts'
import { ascending, benchCommand, log, positive, runBench, selection } from './bench-command.ts'
import { nchan } from './peers/nchan.ts'
import { sseProxy, sseProxyAt } from './peers/sse-proxy.ts'
import { writeLoop } from './peers/write-loop.ts'
import { ratesTable } from './race/rates-table.ts'
import { raceSizes } from './race/race-sizes.ts'
import { raceInTurns } from './race/rounds.ts'
import { toStanding } from './race/standing.ts'
import { stormsTable } from './race/storms-table.ts'
import { sizesTables } from './race/table.ts'

/**
 * This proxy with many clients: one event to 1,000 to 28,000 of them beside nchan (Debian's
 * libnginx-mod-nchan) and a bare write loop in Go, events at a rate, and clients that all reconnect
 * at once.
 */
const PARTS = ['race', 'rates', 'storms'] as const
const EVENTS = 5
const CONNECTS_PER_SECOND = 2_000
const RATES = { clients: 10_000, seconds: 5, perSecond: [50, 200, 500] }
const STORM_PROFILES = [
  { profile: 'baseline', streams: 10_000 },
  { profile: 'scale', streams: 28_000 },
]

const { parts, clients, rounds, against } = benchCommand('proxy')
  .option('--parts <NAMES>', 'what to measure', selection(PARTS), PARTS)
  .option(
    '--clients <LIST>',
    'numbers of clients; the last one applies to rates and storms',
    ascending,
    [1_000, 10_000, 20_000, 28_000],
  )
  .option('--rounds <N>', 'rounds in which all servers take turns', positive, 5)
  .option('--against <DIR>', 'race the proxy of this other checkout instead of the peers')
  .addHelpText(
    'after',
    '\nnpm run bench -- proxy --parts race --clients 10000 --rounds 3 --against ../before',
  )
  .parse()
  .opts<{
    parts: readonly (typeof PARTS)[number][]
    clients: readonly number[]
    rounds: number
    against: string | undefined
  }>()

const contestants =
  against === undefined ? [sseProxy, nchan, writeLoop] : [sseProxy, sseProxyAt(against)]
const mostClients = Math.max(...clients)

await runBench(async (signal) => {
  const sections: string[] = []
  if (parts.includes('race')) sections.push(await race(signal))
  if (parts.includes('rates')) sections.push(await rates(signal))
  if (parts.includes('storms')) sections.push(await storms(signal))
  process.stdout.write(`${sections.join('\n\n')}\n`)
})

async function race(signal: AbortSignal): Promise<string> {
  const { standings, missing } = await raceSizes({
    contestants,
    sizes: clients,
    events: EVENTS,
    missed: 0,
    connectsPerSecond: CONNECTS_PER_SECOND,
    rounds,
    signal,
    log,
  })
  const without = missing.length === 0 ? '' : ` Not installed: ${missing.join(', ')}.`
  const method = `\
One event to all clients over loopback, ${rounds} rounds in which the servers take turns. All of it
shares ${cpus().length} cores, and each server has as many processes. Times to the last client are medians.
Memory is \`Pss\` for each client. Processor time includes what the kernel spends on the far end.${without}`
  return [method, sizesTables(standings)].join('\n\n')
}

async function rates(signal: AbortSignal): Promise<string> {
  const measured = { ...RATES, clients: Math.min(RATES.clients, mostClients) }
  const { results } = await raceInTurns({
    contestants: [sseProxy],
    race: {
      steps: RATES.perSecond.map((perSecond) => ({
        name: `${perSecond} events/s`,
        clients: measured.clients,
        events: perSecond * RATES.seconds,
        perSecond,
      })),
      missed: 0,
      connectsPerSecond: CONNECTS_PER_SECOND,
    },
    rounds: 1,
    workers: 1,
    signal,
    log,
  })
  const [ofRounds = []] = results.values()
  return ratesTable(measured, toStanding(sseProxy.name, sseProxy.source, ofRounds))
}

async function storms(signal: AbortSignal): Promise<string> {
  const reportDir = await mkdtemp(join(tmpdir(), 'storm-'))
  try {
    const outcomes = []
    for (const { profile, streams } of STORM_PROFILES) {
      const size = [
        '--profile',
        profile,
        '--streams',
        String(Math.min(streams, mostClients)),
        '--transport',
        'raw',
      ]
      const flags = ['reconnect-storm', ...size, '--report', reportDir]
      const command = readCommandLine(flags, process.env)
      if (command.kind === 'help') throw new Error('expected a run')
      outcomes.push(await runLoad(command.options, signal, log))
    }
    if (!outcomes.every(({ isOk }) => isOk)) process.exitCode = 1
    return stormsTable(outcomes)
  } finally {
    await rm(reportDir, { recursive: true, force: true })
  }
}
