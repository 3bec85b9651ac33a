import { Command, InvalidArgumentError, Option } from 'commander'

import { parseCommand, readLogin, readUrl, wholeNumberFlag } from '../command-flags.ts'
import { KNOBS } from '../knobs.ts'
import type { Login } from '../knobs/server.ts'
import { shippedScenarios } from './shipped-scenarios.ts'

export interface RunCommand {
  /** Files, or names of shipped scenarios. */
  readonly files: readonly string[]
  /** The store; default: one that is started for the run. */
  readonly url?: string | undefined
  readonly login: Login
  readonly proxy?: string | undefined
  readonly port: number
  readonly junit?: string | undefined
  readonly seed?: number | undefined
  readonly variables: Readonly<Record<string, string | number>>
  readonly maxSeconds: number
}

const notes = (): string => `
Shipped scenarios: ${shippedScenarios().join(', ')}

Examples:
  $ mock-content-store run breaking-news
  $ mock-content-store run breaking-news overnight-quiet --junit scenarios.xml
  $ mock-content-store run my.yaml --url http://localhost:8080 --proxy http://localhost:9080/
  $ mock-content-store run my.yaml --port 8080 --proxy http://localhost:9080/ --seed 7 --var section=12

Each scenario resets the store, unless its file says "reset: false". Clients listen at the proxy, if
there is one, and read change logs at the store.

Exit codes:
  0 all passed, 1 a scenario failed, 2 usage or a mistake in a file, 3 cannot start, or no answer of
  the store, 4 out of time, 70 internal error`

interface Flags {
  readonly url?: string
  readonly login: Login
  readonly proxy?: string
  readonly port: number
  readonly junit?: string
  readonly seed?: number
  readonly var: Readonly<Record<string, string | number>>
  readonly maxSeconds: number
}

/**
 * Reads the arguments after `run`; undefined when help was printed. Throws `bad-config` for the
 * first mistake.
 */
export function parseRun(args: readonly string[]): RunCommand | undefined {
  const command = commandLine()
  if (!parseCommand(command, args)) return undefined
  const { var: variables, ...flags } = command.opts<Flags>()
  return { ...flags, variables, files: command.args }
}

function commandLine(): Command {
  return new Command('mock-content-store run')
    .description('Runs scenarios against a store, and judges what the clients saw.')
    .argument('<FILE...>', 'scenario files, or names of shipped scenarios')
    .option('--url <URL>', 'the store; default: one that is started for the run', readUrl('--url'))
    .addOption(
      new Option('--login <NAME:PASSWORD>', 'login of the store')
        .env('MCS_LOGIN')
        .default(KNOBS.login.default, 'user:password')
        .argParser(readLogin),
    )
    .option('--proxy <URL>', 'event stream of a proxy in front of the store', readUrl('--proxy'))
    .option('--port <N>', 'port of the store that is started', wholeNumberFlag(0, 65_535), 0)
    .option('--junit <FILE>', 'write a report for CI')
    .option(
      '--seed <N>',
      'seed of random choices, instead of that of the file',
      wholeNumberFlag(0, 4_294_967_295),
    )
    .option('--var <NAME=VALUE>', 'a variable; may be repeated', readVariable, {})
    .option('--max-seconds <N>', 'stop after this time', wholeNumberFlag(1, 86_400), 600)
    .addHelpText('after', notes())
}

function readVariable(
  text: string,
  before: Readonly<Record<string, string | number>>,
): Readonly<Record<string, string | number>> {
  const [, name = '', value = ''] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text) ?? []
  if (name === '') throw new InvalidArgumentError('Expected NAME=VALUE.')
  return { ...before, [name]: /^-?\d{1,15}$/.test(value) ? Number(value) : value }
}
