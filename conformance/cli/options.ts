import { cac } from 'cac'
import { closest, distance } from 'fastest-levenshtein'

import { fileOrFront, type Subject } from '../drivers/load-target.ts'
import { ConformanceError } from '../errors.ts'
import { splitGlobs } from '../runner/glob.ts'
import type { Selection } from '../runner/select.ts'
import { CAPABILITIES, type Capability, type Role } from '../runner/target.ts'

const REPORT_KINDS = ['json', 'junit', 'html', 'markdown', 'badge'] as const

export type ReportKind = (typeof REPORT_KINDS)[number]

export interface Options {
  readonly subject: Subject
  readonly role?: Role | undefined
  /** Capabilities that a front or a command claims; a target file claims its own. */
  readonly claims: readonly Capability[]
  /** How long to wait until a front reads from the suite's back ends. */
  readonly waitSeconds: number
  readonly selection: Selection
  readonly list: boolean
  /** Where to write which report. */
  readonly reports: Readonly<Partial<Record<ReportKind, string>>>
  readonly strict: boolean
  readonly serial: boolean
  readonly printExpectations: boolean
  /** Where to write the unexpected verdicts as an expectation file. */
  readonly recordExpectations?: string | undefined
  /** Shuffles the order of checks; the same number gives the same order. */
  readonly seed?: number | undefined
  /** Where `probe` writes a target file; printed when left out. */
  readonly out?: string | undefined
  readonly writeDocs: boolean
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help'; readonly print: () => void }
  | { readonly kind: 'judge' | 'probe'; readonly options: Options }

type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_WAIT_S = 600
const DEFAULT_TARGET = 'conformance/targets/sse-proxy.yaml'

const VALUE_FLAGS = {
  target: `Target file, or a URL as with --front (default: ${DEFAULT_TARGET})`,
  front: 'URL of a proxy that you started; prints which back ends it has to read from, and waits',
  spawn: 'Command that starts a proxy, with placeholders such as {frontPort} and {backendUrl}',
  claim: 'With --front or --spawn: what the proxy can do, e.g. replay,cors; may be repeated',
  role: 'With --front or --spawn: concentrator (default) or gateway',
  wait: 'With --front: seconds to wait until the proxy reads from the back ends (default: 600)',
  only: 'Run only checks whose id matches, e.g. "flush.*"; may be repeated',
  skip: 'Leave out checks whose id matches; may be repeated',
  json: 'Write a JSON report to this file',
  junit: 'Write a JUnit report to this file',
  html: 'Write a one-file HTML report with wire transcripts to this file',
  markdown: 'Write a Markdown summary to this file',
  badge: 'Write a badge as JSON to this file',
  'max-idle':
    'Run the checks that wait for silence, too, up to so many seconds (20, 35, 65, 130, 310)',
  seed: 'Shuffle the order of checks; the same number gives the same order',
  out: 'With probe: write the target file here instead of printing it',
  'record-expectations': 'Write the unexpected verdicts to this file, as a first expectation file',
} as const

const SWITCHES = {
  list: 'Print the checks that apply and run nothing',
  strict: 'Exit 2 when a SHOULD is not met',
  serial: 'One check at a time',
  'print-expectations': 'Print the unexpected verdicts as entries for an expectation file',
  'write-docs': 'Bring the pages about checks and mutants in docs/ up to date and run nothing',
} as const

/** Flag, then environment (`SSE_CONFORMANCE_TARGET`, `SSE_CONFORMANCE_ROLE`), then default. Lists every mistake at once. */
export function readOptions(args: readonly string[], env: Environment): Command {
  const cli = cac('sse-conformance')
  cli.usage(
    '[flags]          judge a target\n  $ sse-conformance probe [flags]    measure what a target could claim\n  $ sse-conformance stress [flags]   see whether checks judge right on a busy machine\n  $ sse-conformance products         judge every target of conformance/targets, write docs/products.md',
  )
  for (const [name, text] of Object.entries(VALUE_FLAGS)) cli.option(`--${name} <value>`, text)
  for (const [name, text] of Object.entries(SWITCHES)) cli.option(`--${name}`, text)
  cli.help()
  cli.showHelpOnExit = false
  cli.example('npm run conformance')
  cli.example('npm run conformance -- --front http://127.0.0.1:9080 --only "flush.*"')
  cli.example('npm run conformance -- probe --front http://127.0.0.1:9080 --out my-proxy.yaml')
  cli.example(
    'npm run conformance -- --target conformance/targets/nginx-recommended.yaml --junit reports/nginx.xml',
  )
  const mistakes: string[] = unknownFlags(args)
  const parsed = cli.parse(['node', 'sse-conformance', ...args], { run: false })
  if (parsed.options['help'] === true) {
    return { kind: 'help', print: () => cli.outputHelp() }
  }

  const raw = parsed.options as Readonly<Record<string, unknown>>
  const probes = parsed.args[0] === 'probe'
  for (const word of parsed.args.slice(probes ? 1 : 0))
    mistakes.push(`unexpected word ${JSON.stringify(word)}; expected flags, after probe or stress`)
  const text = (name: keyof typeof VALUE_FLAGS): string | undefined => {
    const value = raw[name.replaceAll(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase())]
    if (value === undefined || typeof value === 'string') return value
    mistakes.push(`--${name} needs one value`)
    return undefined
  }
  const globs = (name: 'only' | 'skip' | 'claim'): readonly string[] => {
    const values = [raw[name] ?? []].flat()
    if (values.some((value) => typeof value !== 'string')) mistakes.push(`--${name} needs a value`)
    return values.filter((value) => typeof value === 'string').flatMap((value) => splitGlobs(value))
  }
  const role = text('role') ?? env['SSE_CONFORMANCE_ROLE']
  if (role !== undefined && role !== 'concentrator' && role !== 'gateway') {
    mistakes.push(`--role is ${JSON.stringify(role)}; expected concentrator or gateway`)
  }
  const reports: Partial<Record<ReportKind, string>> = {}
  for (const kind of REPORT_KINDS) {
    const path = text(kind)
    if (path !== undefined) reports[kind] = path
  }
  const maxIdleSeconds = wholeNumber('max-idle', raw['maxIdle'], mistakes) ?? 0
  const waitSeconds = wholeNumber('wait', raw['wait'], mistakes) ?? DEFAULT_WAIT_S
  const claims = globs('claim').filter((name) => isCapability(name, mistakes))
  const options: Options = {
    subject: readSubject(text, env, mistakes),
    claims,
    waitSeconds,
    role: role === 'concentrator' || role === 'gateway' ? role : undefined,
    selection: { only: globs('only'), skip: globs('skip'), maxIdleSeconds },
    list: raw['list'] === true,
    reports,
    strict: raw['strict'] === true,
    serial: raw['serial'] === true,
    printExpectations: raw['printExpectations'] === true,
    recordExpectations: text('record-expectations'),
    seed: wholeNumber('seed', raw['seed'], mistakes),
    out: text('out'),
    writeDocs: raw['writeDocs'] === true,
  }
  if (mistakes.length > 0) {
    throw new ConformanceError(
      'usage',
      `${mistakes.map((mistake) => `${mistake}\n`).join('')}Try --help.`,
    )
  }
  return { kind: probes ? 'probe' : 'judge', options }
}

type Text = (name: keyof typeof VALUE_FLAGS) => string | undefined

function readSubject(text: Text, env: Environment, mistakes: string[]): Subject {
  const [target, front, command] = [text('target'), text('front'), text('spawn')]
  if ([target, front, command].filter((given) => given !== undefined).length > 1)
    mistakes.push('--target, --front and --spawn exclude each other')
  if (command !== undefined) return { kind: 'spawn', command }
  if (front !== undefined) return { kind: 'front', url: front }
  return fileOrFront(target ?? env['SSE_CONFORMANCE_TARGET'] ?? DEFAULT_TARGET)
}

function isCapability(name: string, mistakes: string[]): name is Capability {
  const known = CAPABILITIES.some((capability) => capability === name)
  if (!known) mistakes.push(`--claim ${name}: expected some of ${CAPABILITIES.join(', ')}`)
  return known
}

function wholeNumber(name: string, value: unknown, mistakes: string[]): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value)))
    return value
  mistakes.push(`--${name} is ${JSON.stringify(value)}; expected a whole number`)
  return undefined
}

function unknownFlags(args: readonly string[]): string[] {
  const known = [...Object.keys(VALUE_FLAGS), ...Object.keys(SWITCHES), 'help']
  return args
    .filter((arg) => arg.startsWith('-') && arg !== '-h')
    .map((arg) => arg.replace(/^-+/, '').split('=', 1).join(''))
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = closest(name, known)
      const hint =
        distance(name, near) <= Math.max(2, name.length / 3) ? `; did you mean --${near}?` : ''
      return `unknown flag --${name}${hint}`
    })
}
