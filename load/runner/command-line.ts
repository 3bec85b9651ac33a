import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'

import { LoadError } from '../errors.ts'
import { FLEET_METRICS } from '../lib/settings/metrics.ts'
import {
  readValues,
  type Setting,
  shown,
  type ValuesOf,
  variableOf,
} from '../lib/settings/setting.ts'
import { NO_STORE, profileOf, SCRIPT_SETTINGS } from '../lib/settings/settings.ts'
import { readK6Flags, splitArguments } from './k6-flags.ts'
import { RUNNER_SETTINGS } from './runner-settings.ts'
import { isScenarioName, type Scenario, type ScenarioName, SCENARIOS } from './scenarios.ts'

/** Variables for settings without a flag: a login on a command line is visible to all. */
const FROM_ENVIRONMENT: Readonly<Record<string, string>> = { k6: 'K6_BIN', login: 'LOAD_LOGIN' }

const SETTINGS = { ...SCRIPT_SETTINGS, ...RUNNER_SETTINGS }

type Values = ValuesOf<typeof SETTINGS>

/** The options of a run. */
export interface LoadOptions extends Values {
  readonly scenario: ScenarioName
  readonly timeoutMs: number
  /** The given texts of script settings, by variable. */
  readonly variables: Readonly<Record<string, string>>
  /** No progress and no phases. */
  readonly isQuiet: boolean
  /** Flags for k6 itself, `--name` or `--name=value`. */
  readonly k6Flags: readonly string[]
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
  const { own, k6 } = splitArguments(args)
  try {
    program.parse(args.length === 0 ? ['--help'] : [...own], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: help }
    throw usageError([error.message.replace(/^error: /, '')])
  }
  const texts = new Map(
    program.options
      .filter(isSetting)
      .map((option) => [
        option.name(),
        z.string().optional().parse(program.getOptionValue(option.attributeName())),
      ]),
  )
  for (const [name, variable] of Object.entries(FROM_ENVIRONMENT)) {
    if (texts.get(name) === undefined) texts.set(name, environment[variable])
  }
  const mistakes: string[] = []
  const k6Flags = readK6Flags(k6, mistakes)
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
  mistakes.push(...contradictions(scenario, values))
  if (mistakes.length > 0) throw usageError(mistakes)
  return {
    kind: 'run',
    options: {
      ...values,
      scenario,
      timeoutMs: values.timeoutMs ?? usualTimeoutMs(scenario, values),
      variables: variablesOf(texts),
      isQuiet: program.getOptionValue('quiet') === true,
      k6Flags,
    },
  }
}

/** Settings that are right alone and not together. */
function contradictions(name: ScenarioName, values: Values): readonly string[] {
  const found: string[] = []
  const { store, storeHost, publicUrl, thresholds, editCommand } = values
  if (storeHost === '0.0.0.0' && publicUrl === undefined) {
    found.push('--store-host: expected an address, or also --public-url, got 0.0.0.0')
  }
  const scenario: Scenario = SCENARIOS[name]
  if (scenario.backEnd === 'none') {
    if (values.targets === undefined) {
      found.push(`--target: expected the URL of your proxy, because ${name} starts none`)
    }
    if (store !== undefined) {
      found.push(`--store: expected none, because ${name} uses no control API`)
    }
  } else {
    if (store === NO_STORE) found.push(`--store: expected http://HOST:PORT/…, got "${NO_STORE}"`)
    if (editCommand !== undefined) found.push(`--edit-command: expected with listen, got ${name}`)
  }
  const missing = Object.keys(thresholds).filter((metric) => {
    return scenario.isForStockK6 === true && metric.replace(/\{.*/, '') in FLEET_METRICS
  })
  if (missing.length > 0) {
    found.push(`--threshold: expected a metric of ${name}, which has no ${missing.join(', ')}`)
  }
  return found
}

function variablesOf(texts: ReadonlyMap<string, string | undefined>) {
  const variables: Record<string, string> = {}
  for (const { name } of Object.values(SCRIPT_SETTINGS)) {
    const text = texts.get(name)
    if (text !== undefined) variables[variableOf(name)] = text
  }
  return variables
}

/** Five minutes, plus what is chosen: the time to listen, or rounds with half a minute of work. */
function usualTimeoutMs(scenario: ScenarioName, values: Values): number {
  if (scenario === 'listen') return 300_000 + values.listenMs
  const { holdMs, rounds } = profileOf(values)
  return 300_000 + rounds * (holdMs + 30_000)
}

function createProgram(writeOut: (text: string) => void): Command {
  const program = new Command('npm run load --')
    .usage('SCENARIO [flags] [-- flags of k6]')
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => {} })
    .allowExcessArguments(false)
  const scenario = program.createArgument('<scenario>', 'see below').argParser((text: string) => {
    if (isScenarioName(text)) return text
    throw new InvalidArgumentError(`Expected ${SCENARIO_NAMES.join(', ')}.`)
  })
  program.addArgument(scenario)
  for (const declared of Object.values<Setting<unknown>>(SETTINGS)) {
    const { name, placeholder, help, defaultText, separator } = declared
    if (placeholder === undefined) continue
    const usual = defaultText === undefined ? '' : ` (default: ${defaultText})`
    const parser = separator === undefined ? once(declared) : joined(separator)
    program.addOption(new Option(`--${name} ${placeholder}`, `${help}${usual}`).argParser(parser))
  }
  program.option('--quiet', 'No progress and no phases: notes, faults, reports and the verdict')
  return program.addHelpText('after', `\nScenarios:\n${scenarioList()}\n\n${EXAMPLES}`)
}

/** All settings have a value. */
function isSetting({ required }: Option): boolean {
  return required
}

/** An `InvalidArgumentError` would show the value, which may be a login. */
function once(declared: Setting<unknown>): (text: string, previous?: string) => string {
  const { name, isSecret = false } = declared
  return (text, previous) => {
    if (previous === undefined) return text
    const got = isSecret ? 'two' : `${shown(previous)} and ${shown(text)}`
    throw new CommanderError(1, 'load.twice', `--${name}: expected one value, got ${got}`)
  }
}

function joined(separator: string): (text: string, previous: unknown) => string {
  return (text, previous) => (typeof previous === 'string' ? previous + separator + text : text)
}

const EXAMPLES = `Examples:
  npm run load -- smoke
  npm run load -- smoke --profile baseline --report /tmp/reports
  npm run load -- smoke --target http://127.0.0.1:9080/ --store http://127.0.0.1:8080
  npm run load -- smoke --target http://127.0.0.1:9080/ --claim none
  npm run load -- smoke --target http://10.0.0.7:9080/ --store-host 10.0.0.5 --store-port 8080
  npm run load -- fan-out --threshold 'sse_delay_ms:p(99)<500' --threshold 'sse_ttfb:p(95)<200'
  npm run load -- fan-out --compare reports/before/fan-out.json
  npm run load -- smoke -- --out json=samples.json --tag build=17
  LOAD_LOGIN=user:password npm run load -- smoke
  npm run load -- protocol --k6 /usr/bin/k6
  npm run load -- listen --target http://proxy.example:9080/ --listen-for 600 \\
    --edit-command './edit-an-article.sh'

--edit-command is for a shell. EDIT is the number of the edit, and each line that it prints is text
that the data of an event must contain.

After -- come flags of k6 that cannot change a verdict: --out, --tag, --summary-export and others.
`

function scenarioList(): string {
  return Object.entries(SCENARIOS)
    .map(([name, { about }]) => `  ${name.padEnd(16)} ${about}`)
    .join('\n')
}

function usageError(mistakes: readonly string[]): LoadError {
  return new LoadError('usage', `${mistakes.join('\n')}\nsee npm run load -- --help`)
}
