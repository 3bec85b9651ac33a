import type { BarrierServer } from '../../barrier/barrier-server.ts'
import { type K6Result, runK6 } from '../../runner/k6-run.ts'
import type { Plan } from '../../runner/plan.ts'
import { scriptVariables } from '../../runner/run-load.ts'
import type { Peer } from '../peers/peer.ts'

export interface ClientsOptions {
  readonly peer: Pick<Peer, 'urls' | 'transport'>
  readonly barriers: BarrierServer
  /** File in `load/scenarios`, without `.ts`. */
  readonly script: string
  /** Of the script, besides those that each script has. */
  readonly variables: Readonly<Record<string, string>>
  readonly plan: Plan
  readonly k6: string
  readonly originUrl: string
  /** How long the script waits for events; default 10. */
  readonly patienceS?: number
  /** How long the script may run; default: that of scenarios. */
  readonly timeoutS?: number
  readonly scratchDir: string
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

const MAX_LOGGED_FAULTS = 5

/** Starts the clients of a benchmark, distributed evenly over the URLs of a server. */
export function runClients(options: ClientsOptions): readonly Promise<K6Result>[] {
  const {
    peer,
    barriers,
    script,
    variables,
    plan,
    originUrl,
    patienceS = 10,
    timeoutS,
    log,
  } = options
  let faults = 0
  return Array.from({ length: plan.processes }, (_, offset) =>
    runK6({
      k6: options.k6,
      index: offset + 1,
      plan,
      script,
      variables: {
        ...variables,
        ...scriptVariables({
          targets: peer.urls.join(','),
          store: originUrl,
          streams: String(plan.streams),
          transport: peer.transport ?? 'raw',
          shards: String(plan.shards),
          shardsInProcess: String(plan.shards / plan.processes),
          barrier: barriers.url,
          patienceMs: String(patienceS),
          ...(timeoutS !== undefined && { timeoutMs: String(timeoutS) }),
        }),
      },
      // The certificates of the contestants are of this run.
      flags: peer.urls.some((url) => url.startsWith('https:'))
        ? ['--insecure-skip-tls-verify']
        : [],
      scratchDir: options.scratchDir,
      signal: options.signal,
      onStart: () => {},
      onEntry: (entry) => {
        if (entry.kind === 'fault' && faults++ < MAX_LOGGED_FAULTS) log(`  ${entry.text}`)
      },
      onLine: (line) => log(`  k6: ${line}`),
    }),
  )
}
