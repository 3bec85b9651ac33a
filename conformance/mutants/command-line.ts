import { cac } from 'cac'
import { closest, distance } from 'fastest-levenshtein'
import { ConformanceError } from '../errors.ts'
import type { Role } from '../runner/target.ts'
import type { Mutant } from './mutant.ts'
import { MUTANTS } from './mutants.ts'

export type Command =
  | { readonly kind: 'help'; readonly print: () => void }
  | { readonly kind: 'list' }
  | {
      readonly kind: 'serve'
      readonly mutant: Mutant
      readonly backends: readonly string[]
      /** 0 takes a free one. */
      readonly port: number
    }

const ROLES: readonly Role[] = ['gateway', 'concentrator']
const FLAGS = ['backend', 'port', 'role', 'list', 'help']
const MAX_PORT = 65_535
/** A suggestion further away than this would be a guess. */
const MAX_TYPOS = 3

/** Reads what the program was asked to do. Throws one `usage` that lists every mistake. */
export function readCommandLine(args: readonly string[]): Command {
  const cli = createCli()
  const { options, args: words } = cli.parse(['node', 'mutant', ...args], { run: false })
  if (options['help'] === true || args.length === 0) {
    return { kind: 'help', print: () => cli.outputHelp() }
  }
  const mistakes: string[] = []
  for (const flag of Object.keys(options)) {
    if (flag !== '--' && flag !== 'h' && !FLAGS.includes(flag))
      mistakes.push(unknown('flag', flag, FLAGS))
  }
  if (options['list'] === true && mistakes.length === 0) return { kind: 'list' }
  const backends = readBackends(options['backend'], mistakes)
  const port = readPort(options['port'], mistakes)
  const mutant = readMutant(words, options['role'], mistakes)
  if (mutant === undefined || mistakes.length > 0) {
    throw new ConformanceError('usage', `${mistakes.join('\n')}\nsee --help and --list`)
  }
  return { kind: 'serve', mutant, backends, port }
}

function createCli() {
  const cli = cac('node --import tsx conformance/mutants/main.ts')
  cli.usage(
    'NAME --backend URL [--backend URL]\n\nRuns one deliberately broken proxy, to try checks on.',
  )
  cli.option('--backend <URL>', 'Stream of a back end; a gateway takes its host from the first')
  cli.option('--port <PORT>', 'Where clients connect (default: any free port)')
  cli.option('--role <ROLE>', 'gateway or concentrator, for names that both have')
  cli.option('--list', 'Print every mutant')
  cli.example('node --import tsx conformance/mutants/main.ts --list')
  cli.example(
    'node --import tsx conformance/mutants/main.ts hold-back-one --role concentrator --backend http://127.0.0.1:8080/stream --port 9081',
  )
  cli.help()
  cli.showHelpOnExit = false
  return cli
}

function readBackends(given: unknown, mistakes: string[]): readonly string[] {
  const urls = [given ?? []].flat().map(String)
  if (urls.length === 0) mistakes.push('--backend: expected at least one http://HOST:PORT/PATH')
  for (const url of urls) {
    if (!URL.canParse(url) || new URL(url).protocol !== 'http:') {
      mistakes.push(`--backend: expected http://HOST:PORT/PATH, got ${url}`)
    }
  }
  return urls
}

function readPort(given: unknown, mistakes: string[]): number {
  const port = given === undefined ? 0 : Number(given)
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    mistakes.push(`--port: expected a number from 0 to ${MAX_PORT}, got ${String(given)}`)
  }
  return port
}

function readMutant(
  words: readonly string[],
  role: unknown,
  mistakes: string[],
): Mutant | undefined {
  const [name, ...more] = words
  if (more.length > 0) mistakes.push(`one mutant at a time, got also ${more.join(' ')}`)
  if (role !== undefined && !ROLES.some((known) => known === role)) {
    mistakes.push(`--role: expected ${ROLES.join(' or ')}, got ${JSON.stringify(role)}`)
  }
  if (name === undefined) {
    mistakes.push('expected the name of a mutant')
    return undefined
  }
  const named = MUTANTS.filter((mutant) => mutant.name === name)
  const [mutant, other] = named.filter((candidate) => role === undefined || candidate.role === role)
  if (named.length === 0) {
    mistakes.push(
      unknown(
        'mutant',
        name,
        MUTANTS.map((candidate) => candidate.name),
      ),
    )
  } else if (mutant === undefined) {
    mistakes.push(`${name} is not a mutant of a ${JSON.stringify(role)}`)
  } else if (other !== undefined) {
    mistakes.push(`${name} is a ${rolesOf(named).join(' and a ')}: add --role`)
  }
  return mutant
}

function rolesOf(mutants: readonly Mutant[]): readonly Role[] {
  return mutants.map(({ role }) => role)
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const near = closest(word, [...known])
  const hint = distance(word, near) <= MAX_TYPOS ? `; did you mean ${near}?` : ''
  return `${word}: there is no such ${what}${hint}`
}
