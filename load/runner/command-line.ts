import { cac } from 'cac'
import { closest, distance } from 'fastest-levenshtein'

import { isProfileName, type ProfileName, PROFILES } from '../lib/profiles.ts'
import { isTransport, type Transport, TRANSPORTS } from '../lib/transport.ts'
import { LoadError } from '../errors.ts'
import { isScenarioName, type ScenarioName, SCENARIOS } from './scenarios.ts'

/** What a run is asked to do. */
export interface LoadOptions {
  readonly scenario: ScenarioName
  readonly profile: ProfileName
  /** Over the profile's number. */
  readonly streams: number | undefined
  /** The stream of a proxy that the user has started; undefined: ours is started. */
  readonly target: string | undefined
  readonly transport: Transport
  /** k6 processes; undefined: as many as the limits ask for. */
  readonly processes: number | undefined
  /** Source addresses, as k6 reads them; undefined: on loopback as many as are needed. */
  readonly localIps: string | undefined
  /** Base URL of a store that the user has started; undefined: ours is started. */
  readonly store: string | undefined
  /** Where our store listens; 0 = any free port. */
  readonly storePort: number
  readonly login: string
  /** How many streams the store must see meanwhile; undefined = any number. */
  readonly upstreams: number | undefined
  /** How often the proof is repeated; undefined: as the profile says. */
  readonly rounds: number | undefined
  /** A page of metrics for Prometheus of the user's proxy; undefined: only ours are asked for theirs. */
  readonly metrics: string | undefined
  /** Name of the metric there that counts open streams. */
  readonly clientsGauge: string
  readonly reportDir: string
  readonly k6: string | undefined
  /** How long events may take to arrive at all streams. */
  readonly patienceMs: number
  /** After this the run is stopped. */
  readonly timeoutMs: number
}

export type Command =
  | { readonly kind: 'help'; readonly print: () => void }
  | { readonly kind: 'run'; readonly options: LoadOptions }

const SCENARIO_NAMES = Object.keys(SCENARIOS)

const FLAGS = [
  'profile',
  'streams',
  'transport',
  'processes',
  'localIps',
  'target',
  'store',
  'storePort',
  'login',
  'upstreams',
  'rounds',
  'metrics',
  'clientsGauge',
  'report',
  'k6',
  'patience',
  'timeout',
  'help',
] as const
const LONGEST_S = 24 * 3600
/** A suggestion further away than this would be a guess. */
const MAX_TYPOS = 3

/** Throws one `usage` that lists every mistake. */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  const cli = createCli()
  const { options, args: words } = cli.parse(['node', 'load', ...args], { run: false })
  if (options['help'] === true || args.length === 0) {
    return { kind: 'help', print: () => cli.outputHelp() }
  }
  const mistakes: string[] = []
  const reading = new Reading(options, mistakes)
  for (const flag of Object.keys(options)) {
    if (flag !== '--' && flag !== 'h' && !isOneOf(flag, FLAGS)) mistakes.push(unknownFlag(flag))
  }
  const [scenario, ...more] = words
  if (!isScenarioName(scenario)) mistakes.push(unknownScenario(scenario))
  if (more.length > 0) mistakes.push(`one scenario at a time, got also ${more.join(' ')}`)
  const profile = options['profile'] ?? 'smoke'
  if (!isProfileName(profile)) {
    mistakes.push(`--profile: expected ${Object.keys(PROFILES).join(', ')}, got ${shown(profile)}`)
  }
  const transport = options['transport'] ?? 'http'
  if (!isTransport(transport)) {
    mistakes.push(`--transport: expected ${TRANSPORTS.join(', ')}, got ${shown(transport)}`)
  }
  const parsed: Omit<LoadOptions, 'timeoutMs'> = {
    scenario: isScenarioName(scenario) ? scenario : 'smoke',
    profile: isProfileName(profile) ? profile : 'smoke',
    streams: reading.count('streams', 1, 1_000_000),
    transport: isTransport(transport) ? transport : 'http',
    processes: reading.count('processes', 1, 64),
    localIps: reading.text('localIps'),
    target: reading.url('target'),
    store: reading.url('store')?.replace(/\/$/, ''),
    storePort: reading.count('storePort', 0, 65_535) ?? 0,
    login: reading.text('login') ?? 'user:password',
    upstreams:
      options['upstreams'] === 'any' ? undefined : (reading.count('upstreams', 0, 1_000_000) ?? 1),
    rounds: reading.count('rounds', 1, 10_000),
    metrics: reading.url('metrics'),
    clientsGauge: reading.text('clientsGauge') ?? 'sse_proxy_clients',
    reportDir: reading.text('report') ?? 'reports/load',
    k6: reading.text('k6') ?? environment['K6_BIN'],
    patienceMs: (reading.count('patience', 1, LONGEST_S) ?? 30) * 1000,
  }
  const timeoutS = reading.count('timeout', 1, LONGEST_S)
  if (!parsed.login.includes(':')) mistakes.push('--login: expected user:password')
  if (mistakes.length > 0) {
    throw new LoadError('usage', `${mistakes.join('\n')}\nsee npm run load -- --help`)
  }
  const timeoutMs = timeoutS === undefined ? usualTimeoutMs(parsed) : timeoutS * 1000
  return { kind: 'run', options: { ...parsed, timeoutMs } }
}

/** Five minutes, and for each round as long as it holds and half a minute. */
function usualTimeoutMs({ profile, rounds }: Pick<LoadOptions, 'profile' | 'rounds'>): number {
  const { holdMs, rounds: usualRounds } = PROFILES[profile]
  return 300_000 + (rounds ?? usualRounds) * (holdMs + 30_000)
}

function createCli() {
  const cli = cac('npm run load --')
  cli.usage(`SCENARIO [flags]\n\nScenarios:\n${scenarioList()}`)
  cli.option('--profile <NAME>', `${Object.keys(PROFILES).join(', ')} (default: smoke)`)
  cli.option('--streams <N>', "Number of streams, over the profile's")
  cli.option(
    '--transport <NAME>',
    'http, http2 (TLS), or raw: half the memory for each stream (default: http)',
  )
  cli.option('--processes <N>', 'k6 processes (default: what the limit on open files asks for)')
  cli.option(
    '--local-ips <LIST>',
    'Source addresses (default: on loopback, one for 10,000 streams)',
  )
  cli.option(
    '--target <URL>',
    "The stream of your own proxy (default: this repository's is started)",
  )
  cli.option(
    '--store <URL>',
    'Base URL of a Mock Content Store that runs (default: one is started)',
  )
  cli.option(
    '--store-port <PORT>',
    'Where the store that is started listens (default: any free port)',
  )
  cli.option('--login <USER:PASSWORD>', "For the store's web service (default: user:password)")
  cli.option('--upstreams <N>', 'Streams that the store must see meanwhile, or any (default: 1)')
  cli.option(
    '--metrics <URL>',
    "Your proxy's metrics for Prometheus, to compare numbers of streams",
  )
  cli.option('--clients-gauge <NAME>', 'Metric of open streams there (default: sse_proxy_clients)')
  cli.option('--rounds <N>', "How often the proof is repeated (default: the profile's)")
  cli.option('--report <DIR>', 'Where reports go (default: reports/load)')
  cli.option('--k6 <PATH>', 'A k6 with k6/x/ssefleet (K6_BIN; default: built once in load/k6/.bin)')
  cli.option('--patience <SECONDS>', 'How long events may take to reach all streams (default: 30)')
  cli.option(
    '--timeout <SECONDS>',
    'After this the run is stopped (default: 300 and what rounds take)',
  )
  cli.example('npm run load -- smoke')
  cli.example('npm run load -- smoke --profile baseline --report /tmp/reports')
  cli.example('npm run load -- smoke --target http://127.0.0.1:9080/ --store http://127.0.0.1:8080')
  cli.help()
  cli.showHelpOnExit = false
  return cli
}

function scenarioList(): string {
  return Object.entries(SCENARIOS)
    .map(([name, { about }]) => `  ${name.padEnd(16)} ${about}`)
    .join('\n')
}

class Reading {
  readonly #options: Readonly<Record<string, unknown>>
  readonly #mistakes: string[]

  constructor(options: Readonly<Record<string, unknown>>, mistakes: string[]) {
    this.#options = options
    this.#mistakes = mistakes
  }

  text(name: string): string | undefined {
    const value = this.#options[name]
    if (value === undefined) return undefined
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    this.#mistakes.push(`--${kebab(name)}: expected one value, got ${shown(value)}`)
    return undefined
  }

  count(name: string, least: number, most: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    this.#mistakes.push(`--${kebab(name)}: expected a number from ${least} to ${most}, got ${text}`)
    return undefined
  }

  url(name: string): string | undefined {
    const text = this.text(name)
    if (text === undefined || /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) {
      return text
    }
    this.#mistakes.push(`--${kebab(name)}: expected http://HOST:PORT/…, got ${text}`)
    return undefined
  }
}

function unknownFlag(flag: string): string {
  const near = closest(flag, [...FLAGS])
  const hint = distance(flag, near) <= MAX_TYPOS ? `; did you mean --${kebab(near)}?` : ''
  return `${flag.length === 1 ? '-' : '--'}${kebab(flag)}: there is no such flag${hint}`
}

function unknownScenario(word: string | undefined): string {
  if (word === undefined) return `expected a scenario: ${SCENARIO_NAMES.join(', ')}`
  const near = closest(word, SCENARIO_NAMES)
  const hint = distance(word, near) <= MAX_TYPOS ? `; did you mean ${near}?` : ''
  return `"${word}" is no scenario, expected one of ${SCENARIO_NAMES.join(', ')}${hint}`
}

function isOneOf<T extends string>(word: unknown, words: readonly T[]): word is T {
  return words.some((known) => known === word)
}

function shown(value: unknown): string {
  return value === true ? 'nothing' : JSON.stringify(value)
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
