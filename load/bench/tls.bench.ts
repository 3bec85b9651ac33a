import { cpus } from 'node:os'

import { ascending, benchCommand, log, positive, runBench, selection } from './bench-command.ts'
import { markdownTable } from './markdown-table.ts'
import { mercureBy } from './peers/mercure.ts'
import { nchanBy } from './peers/nchan.ts'
import { sseProxyBy } from './peers/sse-proxy.ts'
import { raceSizes } from './race/race-sizes.ts'
import type { Standing } from './race/standing.ts'
import { sizesTables } from './race/table.ts'

/** What TLS and HTTP/2 cost: this proxy, nchan and Mercure with and without them, in one run. */
const SCHEMES = ['https', 'h2', 'http'] as const
const EVENTS = 12
/** A handshake takes a millisecond of the processor at both ends together. */
const CONNECTS_PER_SECOND = 250

/** Goals of this proxy with TLS, as shares of nchan with TLS. */
const GOALS = { memory: 0.6, lastClient: 1, processor: 1 } as const

const { clients, rounds, workers, schemes } = benchCommand('tls')
  .option('--clients <LIST>', 'numbers of clients', ascending, [10_000])
  .option('--rounds <N>', 'rounds in which all servers take turns', positive, 3)
  .option('--workers <N>', 'processes of a server (default: one for each core)', positive)
  .option('--schemes <LIST>', 'what clients speak', selection(SCHEMES), SCHEMES)
  .addHelpText('after', '\nnpm run bench -- tls --clients 2000 --rounds 1')
  .parse()
  .opts<{
    clients: readonly number[]
    rounds: number
    workers?: number
    schemes: readonly (typeof SCHEMES)[number][]
  }>()

await runBench(async (signal) => {
  const { contestants, standings, missing } = await raceSizes({
    contestants: schemes.flatMap((scheme) =>
      [sseProxyBy, nchanBy, mercureBy].map((by) => by(scheme)),
    ),
    sizes: clients,
    events: EVENTS,
    missed: 0,
    connectsPerSecond: CONNECTS_PER_SECOND,
    rounds,
    workers,
    signal,
    log,
  })
  const versions = await Promise.all(contestants.map(({ version }) => version(signal)))
  const without = missing.length === 0 ? '' : ` Not started: ${missing.join(', ')}.`
  const times = rounds === 1 ? '1 round' : `${rounds} rounds`
  const method = `\
One event to all clients over loopback, ${times} in which the servers take turns. All of it shares
${cpus().length} cores. This proxy and nchan have ${workers ?? cpus().length} processes, Mercure has one with threads. The clients
resume no session: with https, each one connects with a whole handshake of TLS 1.3. With h2, the
clients of a virtual user of k6 share as few connections as the server allows. This proxy has the
environment of its systemd unit. Memory is \`Pss\` for each client, before the first
event and after ${EVENTS} of them. Processor time includes what the kernel spends on the far end.${without}`
  const sections = [
    method,
    ...incomplete(standings),
    sizesTables(standings),
    goals(standings),
    `Versions: ${[...new Set(versions)].join(', ')}.`,
  ]
  process.stdout.write(`${sections.join('\n\n')}\n`)
})

/** Handshakes take the processor: a busy machine does not open all streams in time. */
function incomplete(standings: readonly Standing[]): readonly string[] {
  return standings.flatMap(({ name, steps }) =>
    steps
      .filter(({ clients: wanted, fewestOpen }) => fewestOpen < wanted)
      .map(
        ({ clients: wanted, fewestOpen }) =>
          `${name}: only ${fewestOpen} of ${wanted} streams were open.`,
      ),
  )
}

/** This proxy with TLS as a share of nchan with TLS, for the largest number of clients. */
function goals(standings: readonly Standing[]): string {
  const [ours, theirs] = [sseProxyBy, nchanBy].map((by) => {
    const { name } = by('https')
    return standings.find((standing) => standing.name === name)?.steps.at(-1)
  })
  if (ours === undefined || theirs === undefined) return ''
  const rows = [
    ['memory before the first event', ours.residentBytes / theirs.residentBytes, GOALS.memory],
    ['memory after the events', ours.servedBytes / theirs.servedBytes, GOALS.memory],
    [
      'last client',
      (ours.latency?.lastP50 ?? 0) / (theirs.latency?.lastP50 ?? 0),
      GOALS.lastClient,
    ],
    ['processor time per delivery', ours.cpuMicros / theirs.cpuMicros, GOALS.processor],
  ] as const
  if (rows.some(([, share, goal]) => share > goal)) process.exitCode = 1
  return markdownTable(
    ['sse-proxy, https', 'share of nchan, https', 'goal'],
    ...rows.map(([what, share, goal]) => [what, share.toFixed(2), `at most ${goal}`]),
  )
}
