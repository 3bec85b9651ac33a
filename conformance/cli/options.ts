import { Command, InvalidArgumentError, Option } from 'commander'

import { COMMAND, DEFAULT_TARGET } from '../command-name.ts'
import { ConformanceError } from '../errors.ts'
import { fileOrFront, type FrontSettings, type TargetSource } from '../drivers/load-target.ts'
import { splitGlobs } from '../runner/selection/glob.ts'
import { REPORT_KINDS, type ReportKind } from '../report/reports.ts'
import type { Selection } from '../runner/selection/select.ts'
import { CAPABILITIES, ROLES, type Capability, type Role } from '../runner/target.ts'
import { VERSION } from '../version.ts'
import { EXAMPLES, EXIT_CODES, PROBE_HELP } from './help-texts.ts'
import { parseArguments, wholeNumber } from './parse-arguments.ts'

/** Where the target is. */
interface TargetOptions extends FrontSettings {
  readonly source: TargetSource
  /** No progress, and no line for each check. */
  readonly isQuiet: boolean
}

export interface ProbeOptions extends TargetOptions {
  /** Where `probe` writes a target file; printed when left out. */
  readonly out?: string | undefined
}

export interface JudgeOptions extends TargetOptions {
  readonly selection: Selection
  readonly list: boolean
  /** Where to write which report. */
  readonly reports: Readonly<Partial<Record<ReportKind, string>>>
  readonly strict: boolean
  readonly serial: boolean
  readonly printExpectations: boolean
  /** Where to write the unexpected verdicts as an expectation file. */
  readonly recordExpectations?: string | undefined
  /** Shuffles the checks. The same number gives the same order. */
  readonly seed?: number | undefined
}

/** What the command line asks for. */
export type SuiteCommand =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'judge'; readonly options: JudgeOptions }
  | { readonly kind: 'probe'; readonly options: ProbeOptions }

type Environment = Readonly<Record<string, string | undefined>>

const MAX_SECONDS = 86_400

/** Flag, then environment (`SSE_CONFORMANCE_TARGET`, `SSE_CONFORMANCE_ROLE`), then default. */
export function readOptions(args: readonly string[], env: Environment): SuiteCommand {
  let command: SuiteCommand | undefined
  const program = withTargetFlags(new Command('sse-conformance'), env)
    .version(VERSION)
    .description('Judges an SSE proxy or gateway.')
    .enablePositionalOptions()
    .option('--only <globs>', 'run only checks whose id matches, e.g. "flush.*"', addGlobs, [])
    .option('--skip <globs>', 'leave out checks whose id matches', addGlobs, [])
    .option('--list', 'list the checks that apply without running them')
    .option(
      '--max-idle <seconds>',
      'also run idle checks up to this many seconds (20, 35, 65, 130, 310)',
      wholeNumber(0, MAX_SECONDS),
      0,
    )
    .option('--strict', 'exit 6 when a SHOULD is not met')
    .option('--serial', 'one check at a time')
    .option(
      '--seed <number>',
      'shuffle the order of checks; the same number gives the same order',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--json <file>', 'write a JSON report')
    .option('--junit <file>', 'write a JUnit report')
    .option('--html <file>', 'write a one-file HTML report with wire transcripts')
    .option('--markdown <file>', 'write a Markdown summary')
    .option('--badge <file>', 'write a badge as JSON')
    .option('--print-expectations', 'print the unexpected verdicts as expectation file entries')
    .option(
      '--record-expectations <file>',
      'write the unexpected verdicts as a first expectation file',
    )
    .addHelpText('after', EXAMPLES)
    .addHelpText('after', EXIT_CODES)
    .action((flags: JudgeFlags) => {
      command = { kind: 'judge', options: judgeOptions(flags, env) }
    })
  withTargetFlags(program.command('probe'), env)
    .description('Measures what a target could claim, and writes it as a target file.')
    .option('--out <file>', 'write the target file here instead of printing it')
    .addHelpText('after', PROBE_HELP)
    .action((flags: ProbeFlags) => {
      refuseFlagsBeforeProbe(program)
      command = { kind: 'probe', options: { ...targetOptions(flags, env), out: flags.out } }
    })
  const text = parseArguments(program, args)
  return command ?? { kind: 'help', text: text ?? program.helpInformation() }
}

function refuseFlagsBeforeProbe(program: Command): void {
  const names = program.options
    .filter((option) => program.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ long }) => long)
  if (names.length === 0) return
  throw new ConformanceError(
    'usage',
    `the flags of probe come after it, got ${names.join(', ')} before it\nTry probe --help.`,
  )
}

interface TargetFlags {
  readonly target?: string
  readonly front?: string
  readonly spawn?: string
  readonly claim: readonly Capability[]
  readonly role?: Role
  readonly wait?: number
  readonly backendPort?: number
  readonly backends?: 1 | 2
  readonly ca?: string
  readonly insecure?: true
  readonly quiet?: true
}

interface ProbeFlags extends TargetFlags {
  readonly out?: string
}

interface JudgeFlags extends TargetFlags, Readonly<Partial<Record<ReportKind, string>>> {
  readonly only: readonly string[]
  readonly skip: readonly string[]
  readonly list?: true
  readonly maxIdle: number
  readonly strict?: true
  readonly serial?: true
  readonly seed?: number
  readonly printExpectations?: true
  readonly recordExpectations?: string
}

function withTargetFlags(command: Command, env: Environment): Command {
  const role = new Option('--role <role>', 'with --front or --spawn (default: concentrator)')
  const given = env['SSE_CONFORMANCE_ROLE']
  if (given !== undefined) role.default(given)
  return command
    .addOption(
      new Option(
        '--target <file>',
        `target file, or a URL as with --front${DEFAULT_TARGET === undefined ? '' : ` (default: ${DEFAULT_TARGET})`}`,
      ).conflicts(['front', 'spawn']),
    )
    .addOption(
      new Option(
        '--front <url>',
        'a proxy that is already running; prints the back ends that it must read from, and waits',
      ).conflicts(['spawn']),
    )
    .option(
      '--spawn <command>',
      'command that starts a proxy, with placeholders such as {frontPort} and {backendUrl}',
    )
    .option(
      '--claim <capabilities>',
      'with --front or --spawn: what the proxy can do, e.g. replay,cors; may be repeated',
      addCapabilities,
      [],
    )
    .addOption(role.choices(ROLES))
    .option(
      '--wait <seconds>',
      'with --front: how long to wait until the proxy reads from the back ends (default: SSE_CONFORMANCE_WAIT, or 600)',
      wholeNumber(0, MAX_SECONDS),
    )
    .option(
      '--backend-port <port>',
      'with --front: port of the first back end, the second one has the next (default: 9801)',
      wholeNumber(1024, 65_534),
    )
    .addOption(
      new Option(
        '--backends <count>',
        'with --front: how many back ends the proxy can read from (default: 2)',
      ).argParser(oneOrTwo),
    )
    .addOption(
      new Option(
        '--ca <file>',
        'with a --front that is https://: PEM file of the authorities to trust',
      ).conflicts(['insecure']),
    )
    .option('--insecure', 'with a --front that is https://: do not check its certificate')
    .option('--quiet', 'no progress and no line for each check: only what comes at the end')
}

function oneOrTwo(text: string): 1 | 2 {
  if (text === '1') return 1
  if (text === '2') return 2
  throw new InvalidArgumentError('Expected 1 or 2.')
}

function targetOptions(flags: TargetFlags, env: Environment): TargetOptions {
  const role = ROLES.find((known) => known === flags.role)
  // commander does not check a default against the choices, and this one may come from the
  // environment.
  if (flags.role !== undefined && role === undefined)
    throw new InvalidArgumentError(
      `SSE_CONFORMANCE_ROLE is ${JSON.stringify(flags.role)}; expected ${ROLES.join(' or ')}`,
    )
  return {
    source: sourceOf(flags, env),
    role,
    claims: flags.claim,
    waitSeconds: flags.wait ?? waitFrom(env),
    backendPort: flags.backendPort,
    backends: flags.backends,
    ca: flags.ca,
    insecure: flags.insecure,
    isQuiet: flags.quiet === true,
  }
}

/** `SSE_CONFORMANCE_WAIT`, in seconds. */
export function waitFrom(env: Environment): number | undefined {
  const text = env['SSE_CONFORMANCE_WAIT']
  if (text === undefined || text === '') return undefined
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds <= MAX_SECONDS) return seconds
  throw new ConformanceError(
    'usage',
    `SSE_CONFORMANCE_WAIT is ${JSON.stringify(text)}; expected whole seconds, at most ${MAX_SECONDS}`,
  )
}

function sourceOf({ target, front, spawn }: TargetFlags, env: Environment): TargetSource {
  if (spawn !== undefined) return { kind: 'spawn', command: spawn }
  if (front !== undefined) return { kind: 'front', url: front }
  const file = target ?? env['SSE_CONFORMANCE_TARGET'] ?? DEFAULT_TARGET
  if (file === undefined) {
    throw new ConformanceError(
      'usage',
      `expected the proxy to judge, got none: give --front URL of a proxy that runs, --spawn COMMAND that starts one, or --target FILE; see ${COMMAND} --help`,
    )
  }
  return fileOrFront(file)
}

function judgeOptions(flags: JudgeFlags, env: Environment): JudgeOptions {
  const reports = REPORT_KINDS.flatMap((kind) =>
    flags[kind] === undefined ? [] : [[kind, flags[kind]] as const],
  )
  return {
    ...targetOptions(flags, env),
    selection: {
      only: flags.only,
      skip: flags.skip,
      maxIdleSeconds: flags.maxIdle,
    },
    list: flags.list === true,
    reports: Object.fromEntries(reports),
    strict: flags.strict === true,
    serial: flags.serial === true,
    printExpectations: flags.printExpectations === true,
    recordExpectations: flags.recordExpectations,
    seed: flags.seed,
  }
}

function addGlobs(text: string, before: readonly string[]): readonly string[] {
  return [...before, ...splitGlobs(text)]
}

function addCapabilities(text: string, before: readonly Capability[]): readonly Capability[] {
  const named = text.split(',').map((name) => {
    const known = CAPABILITIES.find((capability) => capability === name)
    if (known !== undefined) return known
    throw new InvalidArgumentError(`Expected some of ${CAPABILITIES.join(', ')}.`)
  })
  return [...before, ...named]
}
