import { isTransport, type Transport, TRANSPORTS } from './transport.ts'
import { isProfileName, type Profile, PROFILES } from './profiles.ts'

/** What a script is told from outside, by `k6 run -e NAME=value` or by `npm run load`. */
export interface Settings {
  /** The proxy's stream; several when it takes more than one process to hold all clients. Parts take turns. */
  readonly targets: readonly string[]
  /** The store's base URL, without a slash at the end. */
  readonly store: string
  /** `user:password` for the store's web service. */
  readonly login: string
  readonly profile: Profile
  readonly transport: Transport
  /** How many virtual users share the streams, over all processes, and how many of them are in this one. */
  readonly parts: number
  readonly partsHere: number
  /** Where parts meet; undefined = there is only one. */
  readonly conductor: string | undefined
  /** Pages of metrics for Prometheus, one for each proxy with clients; empty = the proxy's own count is not looked at. */
  readonly metrics: readonly string[]
  /** Name of the metric that counts open streams. */
  readonly clientsGauge: string
  /** Base URL of the stand-in of `load/long-poll`; undefined = nothing to compare with it. */
  readonly longPoll: string | undefined
  /** How many streams the store itself must see meanwhile; undefined = any number. */
  readonly upstreams: number | undefined
  /** How long events may take to arrive at all streams. */
  readonly patienceMs: number
  /** After this a part is stopped. */
  readonly maxDurationS: number
  /** Where the summary goes; undefined = to the screen. */
  readonly summaryPath: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Throws one error that names every variable that is missing or wrong. */
export function readSettings(environment: Environment): Settings {
  const mistakes: string[] = []
  const text = (name: string, fallback?: string): string => {
    const value = environment[name] ?? fallback
    if (value === undefined) mistakes.push(`${name} is missing`)
    return value ?? ''
  }
  const count = (name: string, fallback: number): number => {
    const value = environment[name]
    if (value === undefined) return fallback
    if (!/^[1-9][0-9]*$/.test(value)) mistakes.push(`${name}: expected a number, got "${value}"`)
    return Number(value)
  }
  const name = text('PROFILE', 'smoke')
  if (!isProfileName(name)) {
    mistakes.push(`PROFILE: expected ${Object.keys(PROFILES).join(', ')}, got "${name}"`)
  }
  const profile = PROFILES[isProfileName(name) ? name : 'smoke']
  const transport = text('TRANSPORT', 'http')
  if (!isTransport(transport)) {
    mistakes.push(`TRANSPORT: expected ${TRANSPORTS.join(', ')}, got "${transport}"`)
  }
  const parts = count('PARTS', 1)
  const conductor = environment['CONDUCTOR']
  if (parts > 1 && conductor === undefined)
    mistakes.push('CONDUCTOR is missing: PARTS have to meet')
  const settings: Settings = {
    targets: text('TARGET').split(','),
    store: text('STORE').replace(/\/$/, ''),
    login: text('STORE_LOGIN', 'user:password'),
    profile: withCounts(
      profile,
      count('STREAMS', profile.streams),
      count('ROUNDS', profile.rounds),
    ),
    transport: isTransport(transport) ? transport : 'http',
    parts,
    partsHere: count('PARTS_HERE', parts),
    conductor,
    metrics: (environment['METRICS'] ?? '').split(',').filter((url) => url !== ''),
    clientsGauge: text('CLIENTS_GAUGE', 'sse_proxy_clients'),
    longPoll: environment['LONG_POLL'],
    upstreams: environment['UPSTREAMS'] === 'any' ? undefined : count('UPSTREAMS', 1),
    patienceMs: count('PATIENCE_MS', 30_000),
    maxDurationS: count('MAX_DURATION_S', 600),
    summaryPath: environment['SUMMARY'],
  }
  if (mistakes.length > 0) throw new Error(`set by k6 run -e NAME=value: ${mistakes.join('; ')}`)
  return settings
}

/** Steps end at the number of streams, whatever the profile says. */
function withCounts(profile: Profile, streams: number, rounds: number): Profile {
  const steps = [...profile.steps.filter((step) => step < streams), streams]
  return { ...profile, streams, rounds, steps }
}
