import { cpus } from 'node:os'

import { markdownText } from '../report/escape.ts'
import { readHostLimits } from '../runner/host-limits.ts'
import { ascending, benchCommand, log, positive, runBench, selection } from './bench-command.ts'
import { centrifugo } from './peers/centrifugo.ts'
import { mercure } from './peers/mercure.ts'
import { nchan } from './peers/nchan.ts'
import { pushpin } from './peers/pushpin.ts'
import { sseProxy } from './peers/sse-proxy.ts'
import { varnish } from './peers/varnish.ts'
import { raceSizes } from './race/race-sizes.ts'
import { standingsTable } from './race/table.ts'

/**
 * Sends the same events to the same clients through this proxy and others, in turns. Faults of a
 * server are results here.
 */
const CONTESTANTS = [sseProxy, nchan, varnish, pushpin, mercure, centrifugo]
const NAMES = CONTESTANTS.map(({ name }) => name)
/** Open files of a server besides its clients. */
const RESERVED_FILES = 500
/** Events that clients miss while they are disconnected. */
const MISSED = 20
const CONNECTS_PER_SECOND = 1_500
const METHOD = `\
The clients are those of \`k6/x/ssefleet\`, raw, 1,500 new ones a second. The largest number of
clients is what a server with one process can hold within the limit of open files. Servers that can
have several processes have one for each core. Events are posted to a hub by a small bridge, and its
time counts. Resident memory is proportional (\`Pss\`) and includes garbage. Kernel memory is that of
both ends of the connections. Processor time includes what the kernel spends on the far end of a
loopback connection. Clients that are reset miss ${MISSED} events.`

const command = benchCommand('peers')
  .option('--clients <LIST>', 'numbers of clients (default: 1000,10000,20000)', ascending)
  .option('--rounds <N>', 'rounds in which all servers take turns', positive, 2)
  .option('--events <N>', 'single events for each number of clients', positive, 4)
  .option('--only <LIST>', 'names of contestants', selection(NAMES), NAMES)
  .parse()
const { clients, rounds, events, only } = command.opts<{
  clients?: readonly number[]
  rounds: number
  events: number
  only: readonly string[]
}>()

await runBench(async (signal) => {
  const sizes = clients ?? (await usualSizes())
  const { contestants, standings, missing } = await raceSizes({
    contestants: CONTESTANTS.filter(({ name }) => only.includes(name)),
    sizes,
    events,
    missed: MISSED,
    connectsPerSecond: CONNECTS_PER_SECOND,
    rounds,
    signal,
    log,
  })
  const versions = await Promise.all(contestants.map((one) => one.version(signal)))
  const parts = [
    `${cpus().length} cores for server, back end and clients together, ${rounds} rounds.\n${METHOD}`,
    standingsTable(standings),
    `Versions: ${versions.map(markdownText).join(', ')}.`,
    ...(missing.length > 0 ? [`Not installed: ${missing.join(', ')}.`] : []),
  ]
  process.stdout.write(`${parts.join('\n\n')}\n`)
})

/** A single-process server can hold the largest number. */
async function usualSizes(): Promise<readonly number[]> {
  const { filesPerProcess = Number.POSITIVE_INFINITY } = await readHostLimits()
  return [1_000, 10_000, Math.min(20_000, filesPerProcess - RESERVED_FILES)]
}
