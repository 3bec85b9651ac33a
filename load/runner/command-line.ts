import { isIPv4 } from 'node:net'

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'

import { LoadError } from '../errors.ts'
import {
  anyText,
  count,
  readValues,
  type Setting,
  setting,
  type ValuesOf,
  variableOf,
} from '../lib/settings/setting.ts'
import { profileOf, SCRIPT_SETTINGS } from '../lib/settings/settings.ts'
import { isScenarioName, type Scenario, type ScenarioName, SCENARIOS } from './scenarios.ts'

/**
 * Flags that only the runner reads; those of `SCRIPT_SETTINGS` are passed on to scripts as well.
 */
const RUNNER_SETTINGS = {
  /** undefined = as many as the limits require. */
  processes: setting<number | undefined>({
    name: 'processes',
    placeholder: '<N>',
    help: 'k6 processes',
    read: count(1, 64),
    fallback: undefined,
    defaultText: 'as many as the limit of open files requires',
  }),
  /** In k6's syntax; undefined = as many loopback addresses as needed. */
  localIps: setting<string | undefined>({
    name: 'local-ips',
    placeholder: '<LIST>',
    help: 'Source addresses',
    read: anyText,
    fallback: undefined,
    defaultText: 'on loopback, one for 10,000 streams',
  }),
  storeHost: setting<string>({
    name: 'store-host',
    placeholder: '<ADDRESS>',
    help: 'Where the store that is started listens, for a proxy on another machine',
    read: (text) => {
      if (isIPv4(text) && text !== '0.0.0.0') return text
      throw new Error('an IPv4 address of this machine that your proxy can reach')
    },
    fallback: '127.0.0.1',
    defaultText: '127.0.0.1',
  }),
  storePort: setting<number>({
    name: 'store-port',
    placeholder: '<PORT>',
    help: 'Port of the store that is started',
    read: count(0, 65_535),
    fallback: 0,
    defaultText: 'any free port',
  }),
  reportDir: setting<string>({
    name: 'report',
    placeholder: '<DIR>',
    help: 'Directory for reports',
    read: anyText,
    fallback: 'reports/load',
    defaultText: 'reports/load',
  }),
  k6: setting<string | undefined>({
    name: 'k6',
    placeholder: '<PATH>',
    help: 'A k6 with k6/x/ssefleet (K6_BIN)',
    read: anyText,
    fallback: undefined,
    defaultText: 'built once in load/k6/.bin',
  }),
}

const SETTINGS = { ...SCRIPT_SETTINGS, ...RUNNER_SETTINGS }

type Values = ValuesOf<typeof SETTINGS>

/** The options of a run. */
export interface LoadOptions extends Values {
  readonly scenario: ScenarioName
  readonly timeoutMs: number
  /** The given texts of script settings, by variable. */
  readonly variables: Readonly<Record<string, string>>
}

export type ParsedCommand =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'run'; readonly options: LoadOptions }

const SCENARIO_NAMES = Object.keys(SCENARIOS)

/** Throws `usage`; mistakes in values are listed all at once. */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedCommand {
  let help = ''
  const program = createProgram((text) => {
    help += text
  })
  try {
    program.parse(args.length === 0 ? ['--help'] : [...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: help }
    throw usageError([error.message.replace(/^error: /, '')])
  }
  const texts = new Map(
    program.options.map((option) => [
      option.name(),
      z.string().optional().parse(program.getOptionValue(option.attributeName())),
    ]),
  )
  if (texts.get('k6') === undefined) texts.set('k6', environment['K6_BIN'])
  const mistakes: string[] = []
  const values = readValues<Values>(
    SETTINGS,
    (name) => texts.get(name),
    (name) => `--${name}`,
    mistakes,
  )
  const [scenario] = program.args
  if (!isScenarioName(scenario))
    throw usageError([`expected a scenario: ${SCENARIO_NAMES.join(', ')}`])
  const { needs }: Scenario = SCENARIOS[scenario]
  if (needs !== undefined && !values.claims.includes(needs)) {
    mistakes.push(
      `--claim: expected ${needs}, because ${scenario} verifies it; run another scenario`,
    )
  }
  if (mistakes.length > 0) throw usageError(mistakes)
  return {
    kind: 'run',
    options: {
      ...values,
      scenario,
      timeoutMs: values.timeoutMs ?? usualTimeoutMs(values),
      variables: variablesOf(texts),
    },
  }
}

function variablesOf(texts: ReadonlyMap<string, string | undefined>) {
  const variables: Record<string, string> = {}
  for (const { name } of Object.values(SCRIPT_SETTINGS)) {
    const text = texts.get(name)
    if (text !== undefined) variables[variableOf(name)] = text
  }
  return variables
}

/** Five minutes, plus the idle time and half a minute for each round. */
function usualTimeoutMs(values: Parameters<typeof profileOf>[0]): number {
  const { holdMs, rounds } = profileOf(values)
  return 300_000 + rounds * (holdMs + 30_000)
}

function createProgram(writeOut: (text: string) => void): Command {
  const program = new Command('npm run load --')
    .usage('SCENARIO [flags]')
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => {} })
    .allowExcessArguments(false)
  const scenario = program.createArgument('<scenario>', 'see below').argParser((text: string) => {
    if (isScenarioName(text)) return text
    throw new InvalidArgumentError(`Expected ${SCENARIO_NAMES.join(', ')}.`)
  })
  program.addArgument(scenario)
  for (const declared of Object.values<Setting<unknown>>(SETTINGS)) {
    const { name, placeholder, help, defaultText } = declared
    if (placeholder === undefined) continue
    const usual = defaultText === undefined ? '' : ` (default: ${defaultText})`
    program.addOption(new Option(`--${name} ${placeholder}`, `${help}${usual}`).argParser(once))
  }
  return program.addHelpText('after', `\nScenarios:\n${scenarioList()}\n\n${EXAMPLES}`)
}

function once(text: string, previous: unknown): string {
  if (previous === undefined) return text
  throw new InvalidArgumentError(`Expected one value, got also ${JSON.stringify(previous)}.`)
}

const EXAMPLES = `Examples:
  npm run load -- smoke
  npm run load -- smoke --profile baseline --report /tmp/reports
  npm run load -- smoke --target http://127.0.0.1:9080/ --store http://127.0.0.1:8080
  npm run load -- smoke --target http://127.0.0.1:9080/ --claim none
`

function scenarioList(): string {
  return Object.entries(SCENARIOS)
    .map(([name, { about }]) => `  ${name.padEnd(16)} ${about}`)
    .join('\n')
}

function usageError(mistakes: readonly string[]): LoadError {
  return new LoadError('usage', `${mistakes.join('\n')}\nsee npm run load -- --help`)
}
