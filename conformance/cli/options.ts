import { cac } from 'cac'
import { closest, distance } from 'fastest-levenshtein'

import { ConformanceError } from '../errors.ts'
import type { Selection } from '../runner/select.ts'
import type { Role } from '../runner/target.ts'

const REPORT_KINDS = ['json', 'junit', 'html', 'markdown', 'badge'] as const

export type ReportKind = (typeof REPORT_KINDS)[number]

export interface Options {
  readonly target: string
  readonly role?: Role | undefined
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
  readonly probe: boolean
  readonly writeDocs: boolean
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help'; readonly print: () => void }
  | { readonly kind: 'judge'; readonly options: Options }

type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_TARGET = 'conformance/targets/sse-proxy.yaml'

const VALUE_FLAGS = {
  target: `Target file, or the URL of a proxy that you started (default: ${DEFAULT_TARGET})`,
  front: 'The same as --target, for the URL of a proxy that you started',
  role: 'concentrator or gateway, for a URL (default: concentrator)',
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
  'record-expectations': 'Write the unexpected verdicts to this file, as a first expectation file',
} as const

const SWITCHES = {
  list: 'Print the checks that apply and run nothing',
  strict: 'Exit 2 when a SHOULD is not met',
  serial: 'One check at a time',
  probe: 'Measure what the target could claim, print it for a target file, and judge nothing',
  'print-expectations': 'Print the unexpected verdicts as entries for an expectation file',
  'write-docs': 'Bring the table in docs/conformance.md up to date and run nothing',
} as const

/** Flag, then environment (`SSE_CONFORMANCE_TARGET`, `SSE_CONFORMANCE_ROLE`), then default. Lists every mistake at once. */
export function readOptions(args: readonly string[], env: Environment): Command {
  const cli = cac('sse-conformance')
  cli.usage('[flags]')
  for (const [name, text] of Object.entries(VALUE_FLAGS)) cli.option(`--${name} <value>`, text)
  for (const [name, text] of Object.entries(SWITCHES)) cli.option(`--${name}`, text)
  cli.help()
  cli.showHelpOnExit = false
  cli.example('npm run conformance')
  cli.example('npm run conformance -- --target http://127.0.0.1:9080 --only "flush.*"')
  cli.example(
    'npm run conformance -- --target conformance/targets/nginx-recommended.yaml --junit reports/nginx.xml',
  )
  const mistakes: string[] = unknownFlags(args)
  const parsed = cli.parse(['node', 'sse-conformance', ...args], { run: false })
  if (parsed.options['help'] === true) {
    return { kind: 'help', print: () => cli.outputHelp() }
  }

  const raw = parsed.options as Readonly<Record<string, unknown>>
  for (const word of parsed.args)
    mistakes.push(`unexpected word ${JSON.stringify(word)}; every argument is a flag`)
  const text = (name: keyof typeof VALUE_FLAGS): string | undefined => {
    const value = raw[name.replaceAll(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase())]
    if (value === undefined || typeof value === 'string') return value
    mistakes.push(`--${name} needs one value`)
    return undefined
  }
  const globs = (name: 'only' | 'skip'): readonly string[] => {
    const values = [raw[name] ?? []].flat()
    if (values.some((value) => typeof value !== 'string'))
      mistakes.push(`--${name} needs a glob of ids`)
    return values.filter((value) => typeof value === 'string').flatMap((value) => value.split(','))
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
  const options: Options = {
    target: text('front') ?? text('target') ?? env['SSE_CONFORMANCE_TARGET'] ?? DEFAULT_TARGET,
    role: role === 'concentrator' || role === 'gateway' ? role : undefined,
    selection: { only: globs('only'), skip: globs('skip'), maxIdleSeconds },
    list: raw['list'] === true,
    reports,
    strict: raw['strict'] === true,
    serial: raw['serial'] === true,
    printExpectations: raw['printExpectations'] === true,
    recordExpectations: text('record-expectations'),
    seed: wholeNumber('seed', raw['seed'], mistakes),
    probe: raw['probe'] === true,
    writeDocs: raw['writeDocs'] === true,
  }
  if (mistakes.length > 0) {
    throw new ConformanceError(
      'usage',
      `${mistakes.map((mistake) => `${mistake}\n`).join('')}Try --help.`,
    )
  }
  return { kind: 'judge', options }
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
    .map((arg) => arg.replace(/^-+/, '').replace(/=.*$/, ''))
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = closest(name, known)
      const hint =
        distance(name, near) <= Math.max(2, name.length / 3) ? `; did you mean --${near}?` : ''
      return `unknown flag --${name}${hint}`
    })
}
