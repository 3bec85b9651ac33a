import { Command, InvalidArgumentError, Option } from 'commander'

import { parseArguments, wholeNumber } from '../../cli/parse-arguments.ts'
import { ConformanceError } from '../../errors.ts'
import { ROLES, type Role } from '../../runner/target.ts'
import type { Mutant } from './mutant.ts'
import { MUTANTS } from './mutants.ts'

export type MutantCommand =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'list' }
  | {
      readonly kind: 'serve'
      readonly mutant: Mutant
      readonly backends: readonly string[]
      /** 0 takes a free one. */
      readonly port: number
    }

const MAX_PORT = 65_535

interface MutantFlags {
  readonly backend: readonly string[]
  readonly port: number
  readonly role?: Role
  readonly list?: true
}

/** Parses which mutant to run. Throws a `usage` error that names the first mistake. */
export function readCommandLine(args: readonly string[]): MutantCommand {
  const command = createCommand()
  const help = parseArguments(command, args)
  if (help !== undefined || args.length === 0)
    return { kind: 'help', text: help ?? command.helpInformation() }
  const { backend, port, role, list } = command.opts<MutantFlags>()
  if (list === true) return { kind: 'list' }
  const mutant = findMutant(command.args[0] ?? '', role)
  if (backend.length === 0) throw usage('--backend: expected at least one http://HOST:PORT/PATH')
  return { kind: 'serve', mutant, backends: backend, port }
}

function createCommand(): Command {
  return new Command('npm run mutant --')
    .description('Runs one deliberately broken proxy, for trying checks.')
    .argument('[name]', 'name of a mutant')
    .option(
      '--backend <url>',
      'stream of a back end, may be repeated; a gateway takes its host from the first',
      addBackend,
      [],
    )
    .option(
      '--port <port>',
      'where clients connect; 0 is any free port',
      wholeNumber(0, MAX_PORT),
      0,
    )
    .addOption(new Option('--role <role>', 'for names that both roles have').choices(ROLES))
    .option('--list', 'print every mutant')
    .addHelpText(
      'after',
      `
Examples:
  $ npm run mutant -- --list
  $ npm run mutant -- hold-back-one --role concentrator --backend http://127.0.0.1:8080/stream --port 9081
`,
    )
}

function addBackend(url: string, before: readonly string[]): readonly string[] {
  if (!URL.canParse(url) || new URL(url).protocol !== 'http:')
    throw new InvalidArgumentError('Expected http://HOST:PORT/PATH.')
  return [...before, url]
}

function findMutant(name: string, role: Role | undefined): Mutant {
  const named = MUTANTS.filter((mutant) => mutant.name === name)
  const [mutant, other] = named.filter((candidate) => role === undefined || candidate.role === role)
  if (named.length === 0) throw usage(`there is no mutant ${JSON.stringify(name)}, see --list`)
  if (mutant === undefined) throw usage(`${name} is not a mutant of a ${role}`)
  if (other !== undefined)
    throw usage(`${name} is a ${named.map((each) => each.role).join(' and a ')}: add --role`)
  return mutant
}

function usage(message: string): ConformanceError {
  return new ConformanceError('usage', message)
}
