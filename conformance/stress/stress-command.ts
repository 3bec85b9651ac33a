import { availableParallelism } from 'node:os'
import { cac } from 'cac'
import { closest, distance } from 'fastest-levenshtein'
import { CATALOGUE } from '../checks/catalogue.ts'
import { ConformanceError } from '../errors.ts'
import { MUTANTS } from '../mutants/mutants.ts'
import { matchesGlob } from '../runner/glob.ts'
import { stress, type Round } from './stress.ts'

const FLAGS = ['rounds', 'first', 'burners', 'only', 'help']
const MAX_ROUNDS = 1000
const MAX_BURNERS = 64
/** A suggestion further away than this would be a guess. */
const MAX_TYPOS = 3

/**
 * `stress`: whether the checks judge right on a busy machine. Returns 0 when they always did, else 1, and 4 when nothing was
 * selected. Throws one `usage` that lists every mistake.
 */
export async function stressCommand(
  args: readonly string[],
  print: (text: string) => void,
): Promise<number> {
  const cli = createCli()
  const { options, args: words } = cli.parse(['node', 'stress', ...args], { run: false })
  if (options['help'] === true) {
    cli.outputHelp()
    return 0
  }
  const mistakes = [
    ...words.map((word) => `unexpected word ${JSON.stringify(word)}; every argument is a flag`),
    ...Object.keys(options).flatMap(unknownFlag),
  ]
  const rounds = readCount('rounds', options['rounds'] ?? 10, MAX_ROUNDS, mistakes)
  const first = readCount('first', options['first'] ?? 1, MAX_ROUNDS, mistakes)
  const burners = readCount(
    'burners',
    options['burners'] ?? 2 * availableParallelism(),
    MAX_BURNERS,
    mistakes,
  )
  const globs: readonly unknown[] = [options['only'] ?? []].flat()
  if (globs.some((glob) => typeof glob !== 'string'))
    mistakes.push('--only: expected a glob of ids')
  if (mistakes.length > 0)
    throw new ConformanceError('usage', `${mistakes.join('\n')}\nsee stress --help`)
  const checks = CATALOGUE.filter(
    ({ id, cost }) =>
      cost !== 'idle' &&
      (globs.length === 0 || globs.some((glob) => matchesGlob(String(glob), id))),
  )
  if (checks.length === 0) return 4
  print(
    `${checks.length} checks, ${rounds} rounds, ${burners} threads that take processor time away\n`,
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

function createCli() {
  const cli = cac('sse-conformance stress')
  cli.usage(
    '[flags]\n\nJudges harmless and broken targets again and again while the machine is busy.',
  )
  cli.option('--rounds <N>', 'How often each check judges (default: 10)')
  cli.option(
    '--first <N>',
    'Number of the first round, to go on where another run ended (default: 1)',
  )
  cli.option('--burners <N>', 'Threads that take processor time away (default: two per core)')
  cli.option('--only <GLOB>', 'Only checks whose id matches; may be repeated')
  cli.example('npm run conformance -- stress --rounds 50')
  cli.example('npm run conformance -- stress --only "flush.*"')
  cli.help()
  cli.showHelpOnExit = false
  return cli
}

function unknownFlag(flag: string): readonly string[] {
  if (flag === '--' || flag === 'h' || FLAGS.includes(flag)) return []
  const near = closest(flag, FLAGS)
  const hint = distance(flag, near) <= MAX_TYPOS ? `; did you mean --${near}?` : ''
  return [`unknown flag --${flag}${hint}`]
}

function readCount(name: string, given: unknown, most: number, mistakes: string[]): number {
  const value = Number(given)
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  mistakes.push(`--${name}: expected a number from 0 to ${most}, got ${JSON.stringify(given)}`)
  return 0
}

function describe({ number, verdicts, wrong, durationMs }: Round): string {
  const seconds = (durationMs / 1000).toFixed(1)
  const lines = wrong.map(
    ({ check, target, expected, verdict }) =>
      `  ${check} on ${target}: expected ${expected}, got ${verdict.kind}: ${verdict.reason.split('\n')[0]}\n`,
  )
  return `round ${number}: ${verdicts} verdicts, ${wrong.length} wrong, ${seconds} s\n${lines.join('')}`
}
