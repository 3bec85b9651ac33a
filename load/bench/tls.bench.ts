import { cpus } from 'node:os'

import { ascending, benchCommand, log, positive, runBench } from './bench-command.ts'
import { markdownTable } from './markdown-table.ts'
import { nchan, nchanHttps } from './peers/nchan.ts'
import { sseProxy, sseProxyHttps } from './peers/sse-proxy.ts'
import { raceSizes } from './race/race-sizes.ts'
import type { Standing } from './race/standing.ts'
import { sizesTables } from './race/table.ts'

/** What TLS costs: this proxy and nchan with it and without it, in one run. */
const EVENTS = 12
/** A handshake takes a millisecond of the processor at both ends together. */
const CONNECTS_PER_SECOND = 400

/** Goals of this proxy with TLS, as shares of nchan with TLS. */
const GOALS = { memory: 0.6, lastClient: 1, processor: 1 } as const

const { clients, rounds } = benchCommand('tls')
  .option('--clients <LIST>', 'numbers of clients', ascending, [10_000])
  .option('--rounds <N>', 'rounds in which all servers take turns', positive, 3)
  .addHelpText('after', '\nnpm run bench -- tls --clients 2000 --rounds 1')
  .parse()
  .opts<{ clients: readonly number[]; rounds: number }>()

await runBench(async (signal) => {
  const { standings, missing } = await raceSizes({
    contestants: [sseProxyHttps, nchanHttps, sseProxy, nchan],
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
shares ${cpus().length} cores, and each server has as many processes. The clients resume no session: each one
connects with a whole handshake of TLS 1.3. The proxy with TLS has the environment of its systemd
unit. Memory is \`Pss\` for each client. Processor time includes what the kernel spends on the far
end.${without}`
  const sections = [method, ...incomplete(standings), sizesTables(standings), goals(standings)]
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
  const [ours, theirs] = [sseProxyHttps, nchanHttps].map(({ name }) =>
    standings.find((standing) => standing.name === name)?.steps.at(-1),
  )
  if (ours === undefined || theirs === undefined) return ''
  const rows = [
    ['memory', ours.residentBytes / theirs.residentBytes, GOALS.memory],
    [
      'last client',
      (ours.latency?.lastP50 ?? 0) / (theirs.latency?.lastP50 ?? 0),
      GOALS.lastClient,
    ],
    ['processor time per delivery', ours.cpuMicros / theirs.cpuMicros, GOALS.processor],
  ] as const
  if (rows.some(([, share, goal]) => share > goal)) process.exitCode = 1
  return markdownTable(
    ['sse-proxy with TLS', 'share of nchan with TLS', 'goal'],
    ...rows.map(([what, share, goal]) => [what, share.toFixed(2), `at most ${goal}`]),
  )
}
