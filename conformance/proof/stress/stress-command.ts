import { availableParallelism } from 'node:os'
import { Command } from 'commander'
import { CATALOGUE } from '../../checks/catalogue.ts'
import { MUTANTS } from '../mutants/mutants.ts'
import { parseArguments, wholeNumber } from '../../cli/parse-arguments.ts'
import { matchesGlob, splitGlobs } from '../../runner/selection/glob.ts'
import { stress, type Round } from './stress.ts'

const MAX_ROUNDS = 1000
const MAX_BURNERS = 64

interface StressFlags {
  readonly rounds: number
  readonly first: number
  readonly burners: number
  readonly only: readonly string[]
}

/**
 * Tests whether verdicts are right on a busy machine. Returns 0 when all are, else 1, and 4 when
 * nothing was selected.
 */
export async function stressCommand(
  args: readonly string[],
  print: (text: string) => void,
): Promise<number> {
  const command = createCommand()
  const help = parseArguments(command, args)
  if (help !== undefined) {
    print(help)
    return 0
  }
  const { rounds, first, burners, only } = command.opts<StressFlags>()
  const checks = CATALOGUE.filter(
    ({ id, cost }) =>
      cost !== 'idle' && (only.length === 0 || only.some((glob) => matchesGlob(glob, id))),
  )
  if (checks.length === 0) return 4
  print(
    `${checks.length} checks, ${rounds} rounds, ${burners} threads that keep the processors busy\n`,
  )
  const done = await stress({
    checks,
    mutants: MUTANTS,
    rounds,
    first,
    burners,
    onRound: (round) => print(describe(round)),
  })
  const wrong = done.flatMap((round) => round.wrong).length
  const verdicts = done.reduce((sum, round) => sum + round.verdicts, 0)
  print(`${verdicts} verdicts, ${wrong} of them wrong\n`)
  return wrong === 0 ? 0 : 1
}

function createCommand(): Command {
  return new Command('npm run stress --')
    .description('Runs checks on harmless and broken targets repeatedly while the machine is busy.')
    .option('--rounds <n>', 'how often each check runs', wholeNumber(1, MAX_ROUNDS), 10)
    .option('--first <n>', 'number of the first round', wholeNumber(1, MAX_ROUNDS), 1)
    .option(
      '--burners <n>',
      'threads that keep the processors busy',
      wholeNumber(0, MAX_BURNERS),
      2 * availableParallelism(),
    )
    .option(
      '--only <globs>',
      'only checks whose id matches; may be repeated',
      (text: string, before: readonly string[]) => [...before, ...splitGlobs(text)],
      [],
    )
}

function describe({ number, verdicts, wrong, durationMs }: Round): string {
  const seconds = (durationMs / 1000).toFixed(1)
  const lines = wrong.map(
    ({ check, target, expected, verdict }) =>
      `  ${check} on ${target}: expected ${expected}, got ${verdict.kind}: ${verdict.reason.split('\n')[0]}\n`,
  )
  return `round ${number}: ${verdicts} verdicts, ${wrong.length} wrong, ${seconds} s\n${lines.join('')}`
}
