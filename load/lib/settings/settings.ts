import { type Claim, claims } from './claims.ts'
import { type Thresholds, thresholds } from './metrics.ts'
import { type Profile, PROFILE_NAMES, PROFILES, type ProfileName } from './profiles.ts'
import {
  anyText,
  baseUrl,
  count,
  httpUrl,
  httpUrls,
  oneOf,
  readValues,
  seconds,
  setting,
  type ValuesOf,
  variableOf,
} from './setting.ts'
import { type Transport, TRANSPORTS } from './transport.ts'

const LONGEST_S = 24 * 3600
const MOST_STREAMS = 1_000_000
/** For scripts that use no store. */
export const NO_STORE = 'none'

/**
 * All settings of scripts, set by `k6 run -e NAME=value` or by `npm run load`. A new setting is one
 * entry here: the flag, the help, the variable and the type of `settings.…` in scripts follow from
 * it.
 */
export const SCRIPT_SETTINGS = {
  profile: setting<ProfileName>({
    name: 'profile',
    placeholder: '<NAME>',
    help: PROFILE_NAMES.join(', '),
    read: oneOf(PROFILE_NAMES),
    fallback: 'smoke',
    defaultText: 'smoke',
  }),
  streams: setting<number | undefined>({
    name: 'streams',
    placeholder: '<N>',
    help: "Number of streams, overrides the profile's",
    read: count(1, MOST_STREAMS),
    fallback: undefined,
  }),
  rounds: setting<number | undefined>({
    name: 'rounds',
    placeholder: '<N>',
    help: "Number of rounds, overrides the profile's",
    read: count(1, 10_000),
    fallback: undefined,
  }),
  transport: setting<Transport>({
    name: 'transport',
    placeholder: '<NAME>',
    help: 'http, http2 (TLS), or raw, which takes half the memory for each stream',
    read: oneOf(TRANSPORTS),
    fallback: 'http',
    defaultText: 'http',
  }),
  /** Streams of proxies; shards take turns. */
  targets: setting<readonly string[] | undefined>({
    name: 'target',
    placeholder: '<URL>',
    help: 'The stream of your own proxy',
    read: httpUrls,
    fallback: undefined,
    defaultText: "this repository's proxy is started",
  }),
  /** What is not claimed is not verified. */
  claims: setting<readonly Claim[]>({
    name: 'claim',
    placeholder: '<LIST>',
    help: 'What your proxy promises besides delivery: ids, replay, or none',
    read: claims,
    fallback: ['ids', 'replay'],
    defaultText: 'ids,replay',
  }),
  /** Base URL, without a slash at the end; `none` = the back end is not used. */
  store: setting<string | undefined>({
    name: 'store',
    placeholder: '<URL>',
    help: 'Base URL of a Mock Content Store that is running',
    read: (text) => (text === NO_STORE ? text : baseUrl(text)),
    fallback: undefined,
    defaultText: 'a store is started',
  }),
  listenMs: setting<number>({
    name: 'listen-for',
    placeholder: '<SECONDS>',
    help: 'How long the scenario listen listens',
    read: seconds(LONGEST_S),
    fallback: 60_000,
    defaultText: '60',
  }),
  heartbeatMs: setting<number | undefined>({
    name: 'heartbeat',
    placeholder: '<SECONDS>',
    help: 'How often your proxy sends a comment to a silent stream, for listen',
    read: seconds(3600),
    fallback: undefined,
    defaultText: 'not verified',
  }),
  login: setting<string>({
    name: 'login',
    placeholder: '<USER:PASSWORD>',
    help: "For the store's web service [LOAD_LOGIN]",
    read: (text) => {
      if (text.includes(':')) return text
      throw new Error('user:password')
    },
    isSecret: true,
    fallback: 'user:password',
    defaultText: 'user:password',
  }),
  upstreams: setting<number | 'any'>({
    name: 'upstreams',
    placeholder: '<N>',
    help: 'Number of streams that the store must have, or any',
    read: (text) => (text === 'any' ? 'any' : count(0, MOST_STREAMS)(text)),
    fallback: 1,
    defaultText: '1',
  }),
  /**
   * Pages of metrics, one for each proxy that has clients; empty = the proxy's own count is not
   * checked.
   */
  metrics: setting<readonly string[]>({
    name: 'metrics',
    placeholder: '<URL>',
    help: "Your proxy's metrics in the Prometheus format, to compare numbers of streams",
    read: httpUrls,
    fallback: [],
  }),
  clientsGauge: setting<string>({
    name: 'clients-gauge',
    placeholder: '<NAME>',
    help: 'Name of the metric there that counts open streams',
    read: (text) => {
      if (/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(text)) return text
      throw new Error('the name of a metric')
    },
    fallback: 'sse_proxy_clients',
    defaultText: 'sse_proxy_clients',
  }),
  patienceMs: setting<number>({
    name: 'patience',
    placeholder: '<SECONDS>',
    help: 'Deadline for events to reach all streams',
    read: seconds(LONGEST_S),
    fallback: 30_000,
    defaultText: '30',
  }),
  /** In addition to those of the scenario. */
  thresholds: setting<Thresholds>({
    name: 'threshold',
    placeholder: '<METRIC:RULE>',
    help: "A further condition, such as 'sse_delay_ms:p(99)<500'; may be repeated",
    read: thresholds,
    fallback: {},
    separator: ';',
  }),
  timeoutMs: setting<number | undefined>({
    name: 'timeout',
    placeholder: '<SECONDS>',
    help: 'Time limit of the run',
    read: seconds(LONGEST_S),
    fallback: undefined,
    defaultText: '300, plus the time of the rounds',
  }),
  /** Virtual users that share the streams, in all processes together. */
  shards: setting<number>({
    name: 'shards',
    help: 'Virtual users in all k6 processes together',
    read: count(1, MOST_STREAMS),
    fallback: 1,
  }),
  shardsInProcess: setting<number | undefined>({
    name: 'shards-in-process',
    help: 'Virtual users in this k6 process',
    read: count(1, MOST_STREAMS),
    fallback: undefined,
  }),
  /** Base URL of the server at which shards wait for each other. */
  barrier: setting<string | undefined>({
    name: 'barrier',
    help: 'Base URL of the barrier server; needed for more than one shard',
    read: baseUrl,
    fallback: undefined,
  }),
  /** Base URL of the long-poll server of `load/long-poll`. */
  longPoll: setting<string | undefined>({
    name: 'long-poll',
    help: 'Base URL of the long-poll server',
    read: httpUrl,
    fallback: undefined,
  }),
  summaryPath: setting<string | undefined>({
    name: 'summary',
    help: 'File for the summary, instead of the screen',
    read: anyText,
    fallback: undefined,
  }),
}

type Values = ValuesOf<typeof SCRIPT_SETTINGS>

/** The settings of a script: the profile as numbers, and required values. */
export interface Settings extends Omit<Values, 'profile' | 'streams' | 'rounds'> {
  readonly profile: Profile
  readonly targets: readonly string[]
  readonly store: string
  readonly shardsInProcess: number
  readonly timeoutMs: number
}

const DEFAULT_TIMEOUT_MS = 600_000

/** Throws one error that names every variable that is missing or wrong. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const mistakes: string[] = []
  const values = readValues<Values>(
    SCRIPT_SETTINGS,
    (name) => environment[variableOf(name)],
    variableOf,
    mistakes,
  )
  const { targets = [], store = '', shards, barrier } = values
  if (targets.length === 0) mistakes.push('TARGET is missing')
  if (store === '') mistakes.push('STORE is missing')
  if (shards > 1 && barrier === undefined) {
    mistakes.push('BARRIER is missing: SHARDS wait for each other there')
  }
  if (mistakes.length > 0) throw new Error(`set by k6 run -e NAME=value: ${mistakes.join('; ')}`)
  return {
    ...values,
    targets,
    store,
    profile: profileOf(values),
    shardsInProcess: values.shardsInProcess ?? shards,
    timeoutMs: values.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  }
}

/** Limits the profile's steps to the number of streams. */
export function profileOf(values: Pick<Values, 'profile' | 'streams' | 'rounds'>): Profile {
  const profile = PROFILES[values.profile]
  const { streams = profile.streams, rounds = profile.rounds } = values
  const steps = [...profile.steps.filter((step) => step < streams), streams]
  return { ...profile, streams, rounds, steps }
}
