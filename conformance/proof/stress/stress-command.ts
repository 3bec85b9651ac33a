import { availableParallelism } from 'node:os'
import { readFileSync } from 'node:fs'

import { Command } from 'commander'

import { CATALOGUE } from '../../checks/catalogue.ts'
import { parseArguments, wholeNumber } from '../../cli/parse-arguments.ts'
import { writeText } from '../../cli/write-text.ts'
import { matchesGlob, splitGlobs } from '../../runner/selection/glob.ts'
import { differencesBetween, readReport } from './equal-runs.ts'
import { logRound, readRounds } from './round-log.ts'
import type { Round } from './round.ts'
import { stress } from './stress.ts'
import { stressTable } from './stress-table.ts'
import { ourProxy, references } from './subjects.ts'
import { counted } from '../../counted.ts'

const MAX_ROUNDS = 1000
const MAX_BURNERS = 64
const MAX_SEED = 2 ** 31
const PAGE = 'docs/writing-checks.md'
const LOG = 'reports/stress.jsonl'

type Print = (text: string) => void

interface StressFlags {
  readonly rounds: number
  readonly first: number
  readonly seed: number
  readonly sample: number
  readonly burners: number
  readonly only: readonly string[]
  readonly subjects: readonly string[]
  readonly log?: string
}

/**
 * Tests whether verdicts are the same on a busy machine. Returns 0 when all are, else 1, and 4 when
 * nothing was selected.
 */
export async function stressCommand(args: readonly string[], print: Print): Promise<number> {
  let run: (() => number | Promise<number>) | undefined
  const command = createCommand()
  command.action((flags: StressFlags) => void (run = () => runRounds(flags, print)))
  command
    .command('table')
    .description(`Writes the rounds of a log as a table into ${PAGE}.`)
    .argument('[log]', 'file that --log has written', LOG)
    .action((log: string) => void (run = () => writeTable(log, print)))
  command
    .command('compare')
    .description('Compares reports of several runs of the suite: all verdicts must be equal.')
    .argument('<reports...>', 'files that npm run conformance -- --json has written')
    .action((paths: readonly string[]) => void (run = () => compare(paths, print)))
  const help = parseArguments(command, args)
  if (help !== undefined) print(help)
  return (await run?.()) ?? 0
}

function createCommand(): Command {
  return new Command('npm run stress --')
    .description('Runs checks on harmless and broken targets repeatedly while the machine is busy.')
    .option('--rounds <n>', 'number of rounds', wholeNumber(1, MAX_ROUNDS), 10)
    .option('--first <n>', 'number of the first round', wholeNumber(1, MAX_ROUNDS), 1)
    .option('--seed <n>', 'decides checks and targets of a round', wholeNumber(0, MAX_SEED), 1)
    .option('--sample <n>', 'checks in a round', wholeNumber(1, CATALOGUE.length), 26)
    .option(
      '--burners <n>',
      'threads that keep the processors busy',
      wholeNumber(0, MAX_BURNERS),
      2 * availableParallelism(),
    )
    .option('--only <globs>', 'only checks whose id matches; may be repeated', listed, [])
    .option('--subjects <globs>', 'only subjects whose name matches, e.g. "our*"', listed, [])
    .option('--log <file>', `add the rounds to a file, e.g. ${LOG}`)
}

async function runRounds(flags: StressFlags, print: Print): Promise<number> {
  const { rounds, burners, only, seed, sample, log } = flags
  const checks = CATALOGUE.filter(({ id, cost }) => cost !== 'idle' && isWanted(only, id))
  const subjects = [ourProxy(), ...references()].filter(({ name }) =>
    isWanted(flags.subjects, name),
  )
  if (checks.length === 0 || subjects.length === 0) return 4
  print(
    `${counted(checks.length, 'check')}, ${counted(rounds, 'round')}, ${counted(burners, 'thread')} to keep the processors busy\n`,
  )
  const done = await stress({
    ...flags,
    checks,
    subjects,
    onRound: (round) => {
      print(describe(round))
      if (log !== undefined) logRound(log, { ...round, seed, sample, burners })
    },
  })
  print(`\n${stressTable(done.map((round) => ({ ...round, seed, sample, burners })))}`)
  return countsOf(done).wrong === 0 ? 0 : 1
}

/** Adds the values of a flag that may be repeated. */
function listed(text: string, before: readonly string[]): readonly string[] {
  return [...before, ...splitGlobs(text)]
}

/** Without globs every name is wanted. */
function isWanted(globs: readonly string[], name: string): boolean {
  return globs.length === 0 || globs.some((glob) => matchesGlob(glob, name))
}

function writeTable(log: string, print: Print): number {
  const table = stressTable(readRounds(log))
  const page = readFileSync(PAGE, 'utf8')
  const block = `<!-- stress -->\n\n${table}\n<!-- /stress -->`
  writeText(
    PAGE,
    page.replace(/<!-- stress -->[^]*<!-- \/stress -->/, () => block),
  )
  print(table)
  return 0
}

function compare(paths: readonly string[], print: Print): number {
  const differences = differencesBetween(paths.map(readReport))
  for (const { check, verdicts } of differences) print(`${check}: ${verdicts.join(' ')}\n`)
  print(
    `${counted(paths.length, 'run')}, ${counted(differences.length, 'check')} whose verdict is not always the same\n`,
  )
  return differences.length === 0 ? 0 : 1
}

function countsOf(rounds: readonly Round[]): { readonly verdicts: number; readonly wrong: number } {
  const all = rounds.flatMap(({ subjects }) => subjects)
  return {
    verdicts: all.reduce((sum, { harmless, broken }) => sum + harmless + broken, 0),
    wrong: all.reduce((sum, { wrong }) => sum + wrong.length, 0),
  }
}

function describe(round: Round): string {
  const { number, durationMs, load, subjects } = round
  const { verdicts, wrong } = countsOf([round])
  const lines = subjects.flatMap((subject) =>
    subject.wrong.map(
      ({ check, target, expected, kind, reason }) =>
        `  ${check} on ${target} (${subject.name}): expected ${expected}, got ${kind}: ${reason.split('\n')[0]}\n`,
    ),
  )
  const figures = `${counted(verdicts, 'verdict')}, ${wrong} wrong, ${(durationMs / 1000).toFixed(1)} s, load ${load.toFixed(1)}`
  return `round ${number}: ${figures}\n${lines.join('')}`
}
