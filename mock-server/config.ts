import { Command, Option } from 'commander'

import { parseCommand } from './command-flags.ts'
import type { KnobName, Settings } from './knobs.ts'
import { isKnobName, KNOB_NAMES, KNOBS } from './knobs.ts'
import { yamlLibrary } from './late-libraries.ts'
import { readSmallFile } from './small-file.ts'
import { suggest } from './suggest.ts'
import type { GivenValue } from './settings.ts'
import { readSettings } from './settings.ts'
import { VERSION } from './version.ts'
import { TOO_DEEP, tooDeepAt } from './yaml-depth.ts'

export type ParsedConfig =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly settings: Settings }

/** Far above the size of any real settings file. */
const MAX_FILE_BYTES = 65_536
const ENV_PREFIX = 'MCS_'

const NOTES = `
Examples:
  $ mock-content-store
  $ mock-content-store --port 0 --json --port-file /tmp/store.port
  $ mock-content-store --login qa:secret --announce section --ids --retry-ms 2000
  $ MCS_PORT=8081 mock-content-store --config store.yaml
  $ mock-content-store demo               a store, and a proxy in front of it, to look at
  $ mock-content-store health             asks a running store whether it answers
  $ mock-content-store call --help        calls any operation of a running store
  $ mock-content-store learn --help       asks a real store for settings and content
  $ mock-content-store verify --help      asks a running store whether what was expected happened

Exit codes:
  0 stopped, 2 usage or configuration, 3 cannot start, 70 internal error`

/** The input of one source: values by its own names, and mistakes in the source itself. */
interface Source {
  readonly given: readonly GivenValue[]
  readonly mistakes: readonly string[]
}

/**
 * Reads flags, environment and file, in this order of precedence. `--help` overrides everything.
 * Throws `bad-config` for the first flag that cannot be read. Otherwise its error lists every
 * mistake. [protocol §8.4]
 */
export function parseConfig(
  args: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
): ParsedConfig {
  const command = commandLine()
  if (!parseCommand(command, args)) return { kind: 'help' }
  const flags = command.opts<Readonly<Record<string, unknown>>>()
  const path = command.opts<{ config?: string }>().config ?? env[`${ENV_PREFIX}CONFIG`]
  const sources = [
    readFlags(flags, command.args),
    readEnvironment(env),
    path === undefined ? { given: [], mistakes: [] } : readFile(path),
  ]
  const settings = readSettings(
    sources.flatMap((source) => source.given),
    sources.flatMap((source) => source.mistakes),
  )
  return { kind: 'run', settings }
}

function commandLine(): Command {
  const command = new Command('mock-content-store')
    .version(VERSION)
    .description('A mock of the Content Store: change logs, content items and the event stream.')
    .option('--config <FILE>', 'read settings from a YAML file [MCS_CONFIG]')
    .allowExcessArguments() // Reported with the other mistakes.
    .addHelpText('after', NOTES)
  for (const name of KNOB_NAMES) {
    command.addOption(flagOf(name))
    if (KNOBS[name].arg === undefined)
      command.addOption(new Option(`--no-${kebab(name)}`).hideHelp())
  }
  return command
}

function flagOf(name: KnobName): Option {
  const { arg, help, default: value } = KNOBS[name]
  const text = `${help}${shownDefault(value)} [${envName(name)}]`
  if (arg === undefined) return new Option(`--${kebab(name)}`, text)
  return new Option(`--${kebab(name)} <${arg}>`, text).argParser(collect)
}

function shownDefault(value: Settings[KnobName]): string {
  if (Array.isArray(value))
    return value.length > 0 ? ` (default: ${value.map(String).join(',')})` : ''
  const isShown = typeof value === 'number' || (typeof value === 'string' && value !== '')
  return isShown ? ` (default: ${value})` : ''
}

/** Keeps every value of a flag. Commander alone would keep the last one. */
function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text]
}

function readFlags(flags: Readonly<Record<string, unknown>>, words: readonly string[]): Source {
  const given: GivenValue[] = []
  const mistakes = words.map(
    (word) => `unexpected argument "${word}": settings are given as --flags`,
  )
  for (const knob of KNOB_NAMES) {
    const flag = `--${kebab(knob)}`
    const [value, ...more] = [flags[knob]].flat()
    if (more.length > 0 && isRepeatable(knob))
      given.push({ knob, origin: flag, value: [value, ...more].join(',') })
    else if (more.length > 0) mistakes.push(`${flag}: given ${more.length + 1} times`)
    else if (value !== undefined) given.push({ knob, origin: flag, value })
  }
  return { given, mistakes }
}

function isRepeatable(name: KnobName): boolean {
  return 'repeatable' in KNOBS[name] && KNOBS[name].repeatable === true
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

function readFile(path: string): Source {
  try {
    const text = readSmallFile(path, MAX_FILE_BYTES)
    if (tooDeepAt(text) !== undefined) throw new Error(TOO_DEEP)
    const values: unknown = yamlLibrary().parse(text)
    if (values === null) return { given: [], mistakes: [] }
    if (typeof values !== 'object' || Array.isArray(values)) {
      return { given: [], mistakes: [`${path}: expected settings as "name: value" lines`] }
    }
    return readFileValues(path, Object.entries(values))
  } catch (error) {
    return {
      given: [],
      mistakes: [
        `cannot read ${path}: ${error instanceof Error ? error.message.trim() : String(error)}`,
      ],
    }
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

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function envName(name: string): string {
  return ENV_PREFIX + kebab(name).replaceAll('-', '_').toUpperCase()
}
