import { loadavg } from 'node:os'

import type { StreamCheck } from '../../checks/stream-check.ts'
import { StreamLane } from '../../rig/stream-lane.ts'
import { runChecks } from '../../runner/run.ts'
import { matchesGlob } from '../../runner/selection/glob.ts'
import { seededRandom } from '../../runner/selection/seeded-random.ts'
import type { TargetDriver } from '../../runner/target.ts'
import { isKill, isRejected } from '../matrix/kill-matrix.ts'
import { startBurners } from './burners.ts'
import { checksOfRound, type Rotation } from './rotation.ts'
import type { Round, SubjectRound, WrongVerdict } from './round.ts'
import type { HarmlessTarget, StressSubject } from './subjects.ts'

const HOLD_MS = 2000
/** Subjects, lanes of a harmless target, and broken targets at the same time. */
const SUBJECTS_AT_ONCE = 2
const LANES = 4
const BROKEN_AT_ONCE = 6

export interface StressOptions extends Rotation {
  readonly subjects: readonly StressSubject[]
  readonly rounds: number
  /** Number of the first round. The checks and targets of a round depend on it. */
  readonly first: number
  /** Threads that keep the processors busy. */
  readonly burners: number
  readonly onRound: (round: Round) => void
}

/**
 * Judges subjects on a busy machine. Each round takes other checks, and runs them on a harmless
 * target of each subject, which must pass, and on a broken one that the check names, which must
 * fail.
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
  const checks = checksOfRound(options, number)
  // Everything at once would be a load of its own, which no real run has.
  const judged = new Map<StressSubject, SubjectRound>()
  await inParallel(SUBJECTS_AT_ONCE, options.subjects, async (subject) => {
    const random = seededRandom(options.seed + number)
    judged.set(subject, await judgeSubject(subject, checks, random))
  })
  const durationMs = Math.round(performance.now() - startMs)
  const subjects = options.subjects.flatMap((subject) => judged.get(subject) ?? [])
  return { number, durationMs, load: loadavg()[0] ?? 0, subjects }
}

async function judgeSubject(
  { name, role, harmless, broken }: StressSubject,
  checks: readonly StreamCheck[],
  random: () => number,
): Promise<SubjectRound> {
  const pick = <Target>(targets: readonly Target[]): Target | undefined =>
    targets[Math.floor(random() * targets.length)]
  const own = checks.filter(({ roles }) => roles.includes(role))
  // A variant that is only tried on some checks leaves the others to one without such a limit.
  const correct = pick(harmless)
  const other = pick(harmless.filter(({ only }) => only === undefined))
  const isFor = ({ id }: StreamCheck): boolean =>
    correct?.only?.some((glob) => matchesGlob(glob, id)) ?? true
  const pairs = own.flatMap((check) => {
    const target = pick(broken.filter((driver) => check.kills.includes(driver.name)))
    return target === undefined ? [] : [{ check, target }]
  })
  const [failed, ...passed] = await Promise.all([
    judgeBroken(pairs),
    judgeHarmless(correct, own.filter(isFor)),
    judgeHarmless(
      other,
      own.filter((check) => !isFor(check)),
    ),
  ])
  const wrong = [...passed.flat(), ...failed].flatMap((judged) => judged.wrong)
  return { name, harmless: passed.flat().length, broken: failed.length, wrong }
}

async function judgeHarmless(
  target: HarmlessTarget | undefined,
  checks: readonly StreamCheck[],
): Promise<readonly Judged[]> {
  if (target === undefined || checks.length === 0) return []
  return await judge(target.driver, checks, 'pass', LANES)
}

interface Pair {
  readonly check: StreamCheck
  readonly target: TargetDriver
}

interface Judged {
  readonly wrong: readonly WrongVerdict[]
}

async function judgeBroken(pairs: readonly Pair[]): Promise<readonly Judged[]> {
  const judged: Judged[] = []
  await inParallel(BROKEN_AT_ONCE, pairs, async ({ check, target }) => {
    judged.push(...(await judge(target, [check], 'fail', 1)))
  })
  return judged
}

/** Works on all items, on so many at the same time. */
async function inParallel<Item>(
  count: number,
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const work = async (): Promise<void> => {
    for (const item of queue) await act(item)
  }
  await Promise.all(Array.from({ length: count }, work))
}

async function judge(
  driver: TargetDriver,
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
  return results.map(({ check, verdict }) => {
    const isWrong = expected === 'pass' ? isRejected(verdict) : !isKill(verdict, check)
    const { kind, reason } = verdict
    const wrong = { check: check.id, target: driver.name, expected, kind, reason }
    return { wrong: isWrong ? [wrong] : [] }
  })
}
