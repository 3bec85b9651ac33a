import { readFileSync } from 'node:fs'

import type { CAC } from 'cac'
import { cac } from 'cac'
import { closest, distance } from 'fastest-levenshtein'
import { parse as parseYaml } from 'yaml'

import type { Settings } from './knobs.ts'
import { isKnobName, KNOB_NAMES, KNOBS } from './knobs.ts'
import type { GivenValue } from './settings.ts'
import { readSettings } from './settings.ts'

export type ParsedConfig =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly settings: Settings }

const ENV_PREFIX = 'MCS_'
/** A suggestion further away than this would be a guess. */
const MAX_TYPOS = 3

const EXAMPLES = [
  '  $ mock-content-store',
  '  $ mock-content-store --port 0 --json --port-file /tmp/store.port',
  '  $ mock-content-store --login qa:secret --announce section --ids --retry-ms 2000',
  '  $ MCS_PORT=8081 mock-content-store --config store.yaml',
]

/** What one source gave: values under names of its own spelling, and what was wrong with the source itself. */
interface Source {
  readonly given: readonly GivenValue[]
  readonly mistakes: readonly string[]
}

/**
 * Reads flags, environment and file, in this order of precedence. `--help` prints and wins over all. Throws one
 * `bad-config` that lists every mistake. [protocol §8.4]
 */
export function parseConfig(
  args: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
): ParsedConfig {
  const cli = commandLine()
  // The parser looks for arguments behind the two words that start a script.
  const { options, args: words } = cli.parse(['node', cli.name, ...args], { run: false })
  if (options['help'] === true) return { kind: 'help' }

  const flags = readFlags(options, words)
  const variables = readEnvironment(env)
  const path: unknown = options['config'] ?? env[`${ENV_PREFIX}CONFIG`]
  const file = path === undefined ? { given: [], mistakes: [] } : readFile(path)
  const sources = [flags, variables, file]
  const settings = readSettings(
    sources.flatMap((source) => source.given),
    sources.flatMap((source) => source.mistakes),
  )
  return { kind: 'run', settings }
}

function commandLine(): CAC {
  const cli = cac('mock-content-store')
  cli.usage(
    '[flags]\n\n  A stand-in for the Content Store: change logs, content items and the event stream.',
  )
  cli.option('--config <FILE>', 'read settings from a YAML file [MCS_CONFIG]')
  for (const name of KNOB_NAMES) {
    const { arg, help, default: value } = KNOBS[name]
    const shown = arg === undefined || value === '' || typeof value === 'object' ? undefined : value
    const option = arg === undefined ? `--${kebab(name)}` : `--${kebab(name)} <${arg}>`
    const listed = Array.isArray(value) && value.length > 0 ? ` (default: ${value.join(',')})` : ''
    const fallback = shown === undefined ? listed : ` (default: ${shown})`
    cli.option(option, `${help}${fallback} [${envName(name)}]`)
  }
  for (const example of EXAMPLES) cli.example(example)
  // Examples first: they answer most of the questions that somebody comes with.
  cli.help((sections) => {
    const examples = sections.filter(({ title }) => title === 'Examples')
    const rest = sections.filter(({ title }) => title !== 'Examples')
    const exits = {
      title: 'Exit codes',
      body: '  0 stopped, 2 usage or configuration, 3 cannot start, 70 a fault of ours',
    }
    return [...rest.slice(0, 2), ...examples, ...rest.slice(2), exits]
  })
  return cli
}

function readFlags(options: Readonly<Record<string, unknown>>, words: readonly string[]): Source {
  const given: GivenValue[] = []
  const mistakes = words.map(
    (word) => `unexpected argument "${word}": settings are given as --flags`,
  )
  for (const [name, value] of Object.entries(options)) {
    if (name === '--' || name === 'config') continue
    const flag = name.length === 1 ? `-${name}` : `--${kebab(name)}`
    if (!isKnobName(name))
      mistakes.push(`${flag}: there is no such flag${suggest(flag, KNOB_NAMES.map(flagName))}`)
    else if (Array.isArray(value)) mistakes.push(`${flag}: given ${value.length} times`)
    else given.push({ knob: name, origin: flag, value })
  }
  return { given, mistakes }
}

function readEnvironment(env: Readonly<NodeJS.ProcessEnv>): Source {
  const knobOf = new Map(KNOB_NAMES.map((name) => [envName(name), name]))
  const given: GivenValue[] = []
  const mistakes: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(ENV_PREFIX) || name === `${ENV_PREFIX}CONFIG`) continue
    const knob = knobOf.get(name)
    if (knob === undefined)
      mistakes.push(`${name}: there is no such variable${suggest(name, [...knobOf.keys()])}`)
    else given.push({ knob, origin: name, value })
  }
  return { given, mistakes }
}

function readFile(path: unknown): Source {
  if (typeof path !== 'string')
    return { given: [], mistakes: ['--config: expected the path of a YAML file'] }
  try {
    const values: unknown = parseYaml(readFileSync(path, 'utf8'))
    if (values === null) return { given: [], mistakes: [] }
    if (typeof values !== 'object' || Array.isArray(values)) {
      return { given: [], mistakes: [`${path}: expected settings as "name: value" lines`] }
    }
    return readFileValues(path, Object.entries(values))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { given: [], mistakes: [`cannot read ${path}: ${reason.trim()}`] }
  }
}

function readFileValues(path: string, values: readonly (readonly [string, unknown])[]): Source {
  const given: GivenValue[] = []
  const mistakes: string[] = []
  for (const [name, value] of values) {
    if (isKnobName(name)) given.push({ knob: name, origin: `${name} in ${path}`, value })
    else mistakes.push(`${name} in ${path}: there is no such setting${suggest(name, KNOB_NAMES)}`)
  }
  return { given, mistakes }
}

function suggest(name: string, known: readonly string[]): string {
  const nearest = closest(name, [...known])
  return distance(name, nearest) <= MAX_TYPOS ? `; did you mean ${nearest}?` : ''
}

function flagName(name: string): string {
  return `--${kebab(name)}`
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function envName(name: string): string {
  return ENV_PREFIX + kebab(name).replaceAll('-', '_').toUpperCase()
}
