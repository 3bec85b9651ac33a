import type { StreamCheck } from '../../checks/stream-check.ts'
import type { Mutant } from '../mutants/mutant.ts'
import { StreamLane } from '../../rig/stream-lane.ts'
import { runChecks } from '../../runner/run.ts'
import type { Role } from '../../runner/target.ts'
import type { Verdict } from '../../runner/outcome/verdict.ts'
import { startBurners } from './burners.ts'

const HOLD_MS = 2000
const LANES = 8
/** Broken targets tested in parallel: most of their checks only wait. */
const BROKEN_AT_ONCE = 12

export interface StressOptions {
  readonly checks: readonly StreamCheck[]
  readonly mutants: readonly Mutant[]
  /** How often each check runs on a correct target and on a broken one. */
  readonly rounds: number
  /** Number of the first round: the targets of a round depend on it. */
  readonly first: number
  /** Threads that keep the processors busy. */
  readonly burners: number
  readonly onRound: (round: Round) => void
}

export interface Round {
  readonly number: number
  readonly verdicts: number
  readonly wrong: readonly WrongVerdict[]
  readonly durationMs: number
}

/** A wrong verdict: caused by the busy machine, or always wrong. */
interface WrongVerdict {
  readonly check: string
  readonly target: string
  readonly expected: 'pass' | 'fail'
  readonly verdict: Verdict
}

/**
 * Runs checks repeatedly on a busy machine: on a harmless target, which must pass, and on a mutant
 * that the check names, which must fail. Each round uses other targets.
 */
export async function stress(options: StressOptions): Promise<readonly Round[]> {
  const rounds: Round[] = []
  const burners = await startBurners(options.burners)
  try {
    while (rounds.length < options.rounds) {
      const round = await judgeRound(options, options.first + rounds.length)
      rounds.push(round)
      options.onRound(round)
    }
    return rounds
  } finally {
    await burners.stop()
  }
}

async function judgeRound(options: StressOptions, number: number): Promise<Round> {
  const startMs = performance.now()
  const judged: readonly Judged[] = [
    ...(await judgeHarmless(options, number)),
    ...(await judgeBroken(options, number)),
  ]
  const durationMs = performance.now() - startMs
  return { number, verdicts: judged.length, wrong: judged.filter(isWrong), durationMs }
}

type Judged = WrongVerdict

function isWrong({ expected, verdict }: Judged): boolean {
  const { kind, reason } = verdict
  if (expected === 'pass') return kind !== 'PASS' && kind !== 'INFO' && kind !== 'SKIP'
  // An observation cannot fail: its finding is in the reported value.
  return kind !== 'FAIL' && kind !== 'WARN' && !(kind === 'INFO' && reason !== 'in time')
}

async function judgeHarmless(
  { checks, mutants }: StressOptions,
  round: number,
): Promise<readonly Judged[]> {
  const judged: Judged[] = []
  for (const role of ['concentrator', 'gateway'] as const) {
    const harmless = mutants.filter((mutant) => mutant.benign && mutant.role === role)
    const target = harmless[round % harmless.length]
    if (target !== undefined) judged.push(...(await judge(target, checks, 'pass', LANES)))
  }
  return judged
}

async function judgeBroken(
  { checks, mutants }: StressOptions,
  round: number,
): Promise<readonly Judged[]> {
  const pairs = checks.flatMap((check) =>
    check.roles.flatMap((role) => {
      const broken = brokenFor(check, role, mutants)
      const target = broken[round % broken.length]
      return target === undefined ? [] : [{ check, target }]
    }),
  )
  const judged: Judged[] = []
  const work = async (): Promise<void> => {
    for (let pair = pairs.shift(); pair !== undefined; pair = pairs.shift()) {
      judged.push(...(await judge(pair.target, [pair.check], 'fail', 1)))
    }
  }
  await Promise.all(Array.from({ length: BROKEN_AT_ONCE }, work))
  return judged
}

function brokenFor(check: StreamCheck, role: Role, mutants: readonly Mutant[]): readonly Mutant[] {
  return mutants.filter(
    (mutant) => !mutant.benign && mutant.role === role && check.kills.includes(mutant.name),
  )
}

async function judge(
  { driver, name, role }: Mutant,
  checks: readonly StreamCheck[],
  expected: 'pass' | 'fail',
  lanes: number,
): Promise<readonly Judged[]> {
  const calibration = { holdMs: HOLD_MS }
  const results = await runChecks({
    checks,
    driver,
    selection: { only: [], skip: [], maxIdleSeconds: 0 },
    lanes,
    gated: false,
    openLane: () => new StreamLane({ driver, calibration }),
    onResult: () => {},
  })
  return results.map(({ check, verdict }) => ({
    check: check.id,
    target: `${role} ${name}`,
    expected,
    verdict,
  }))
}
