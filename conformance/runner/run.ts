import type { Check } from './check.ts'
import type { Lane } from './lane.ts'
import { choose, type Selection } from './selection/select.ts'
import { reconnectMsOf } from './reconnect-time.ts'
import { Deadline } from './responsive-time.ts'
import type { TargetDriver } from './target.ts'
import {
  Finding,
  isDoubtful,
  STANDSTILL_MS,
  unlessStoodStill,
  verdictOf,
  type Verdict,
} from './outcome/verdict.ts'

/** One check and its result. */
export interface Result<Rig> {
  readonly check: Check<Rig>
  readonly verdict: Verdict
  readonly durationMs: number
  /** The transcript of both legs, as text. Kept when the verdict needs an explanation. */
  readonly transcript: readonly string[]
}

export interface RunOptions<Rig> {
  readonly checks: readonly Check<Rig>[]
  readonly driver: TargetDriver
  readonly selection: Selection
  /** Number of parallel lanes. */
  readonly lanes: number
  /**
   * False: checks run although a gate failed. The kill matrix uses this to prove that dead targets
   * pass no check.
   */
  readonly gated: boolean
  /** Runs after a failed gate. Its value is added to the finding of the gate. */
  readonly diagnosis?: Check<Rig> | undefined
  /** Runs on the first lane when all gates have passed, before the other checks. */
  readonly afterGates?: ((lane: Lane<Rig>) => Promise<void>) | undefined
  readonly openLane: () => Lane<Rig>
  readonly onResult: (result: Result<Rig>) => void
}

/** A check may wait this often for a target to reconnect, and must then still be able to fail. */
const RECONNECTS = 2

/** How often a check runs at most when the machine is too busy each time. */
const MOST_ATTEMPTS = 3

const DEADLINE_MS = { quick: 60_000, slow: 120_000, long: 180_000, idle: 600_000 } as const

/**
 * Runs the selected checks against one target: gates first, one by one, then the rest over all
 * lanes.
 */
export async function runChecks<Rig>(options: RunOptions<Rig>): Promise<readonly Result<Rig>[]> {
  const { checks, driver, selection, onResult } = options
  const results: Result<Rig>[] = []
  const settle = (result: Result<Rig>): void => {
    results.push(result)
    onResult(result)
  }
  const pending: Check<Rig>[] = []
  for (const check of checks) {
    const choice = choose(check, driver.role, driver.claims, selection)
    if (choice.kind === 'run') pending.push(check)
    if (choice.kind === 'skip') settle(unrun(check, { kind: 'SKIP', reason: choice.reason }))
  }
  const lane = options.openLane()
  const lanes = [lane]
  try {
    const gates = pending.filter((check) => check.level === 'gate')
    const rest = pending.filter((check) => check.level !== 'gate')
    for (const gate of gates) {
      const plain = await attempt(lane, gate, driver)
      const result = options.gated ? await diagnosed(lane, plain, options) : plain
      settle(result)
      if (result.verdict.kind !== 'PASS' && options.gated) {
        const reason = `${gate.id} did not pass: ${plain.verdict.reason.split('\n')[0] ?? ''}`
        for (const check of [...gates.slice(gates.indexOf(gate) + 1), ...rest]) {
          settle(unrun(check, { kind: 'BLOCKED', reason }))
        }
        return results
      }
    }
    if (rest.length > 0) await options.afterGates?.(lane)
    const queue = rest.toSorted((a, b) => weight(b) - weight(a) || startupOrder(a, b))
    // Long checks only wait: where lanes are parallel, each has one more, so that it makes no other
    // wait.
    const long = options.lanes > 1 ? rest.filter(({ cost }) => cost === 'long').length : 0
    while (lanes.length < Math.min(options.lanes + long, queue.length))
      lanes.push(options.openLane())
    const attempts = new Map<Check<Rig>, number>()
    const work = async (own: Lane<Rig>): Promise<void> => {
      for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
        const made = (attempts.get(check) ?? 0) + 1
        attempts.set(check, made)
        const { result, wasBusy } = await attemptOnce(own, check, driver)
        // After the other checks, because the machine is busy now.
        if (wasBusy && made < MOST_ATTEMPTS) queue.push(check)
        else settle(result)
      }
    }
    await Promise.all(lanes.map(work))
    return results
  } finally {
    await Promise.all(lanes.map((open) => open.close()))
  }
}

/** Long checks first, so that no lane ends late with one. */
function weight<Rig>(check: Check<Rig>): number {
  return { quick: 0, slow: 1, long: 2, idle: 2 }[check.cost]
}

/**
 * Groups checks that need their own target, and checks of one variant, so that fewer targets are
 * started.
 */
function startupOrder<Rig>(a: Check<Rig>, b: Check<Rig>): number {
  const kind = ({ freshTarget, variant }: Check<Rig>): string => `${freshTarget} ${variant}`
  return kind(b).localeCompare(kind(a))
}

function deadlineMs<Rig>({ cost }: Check<Rig>, { role, claims }: TargetDriver): number {
  const waitMs = role === 'gateway' ? 0 : reconnectMsOf(claims)
  return DEADLINE_MS[cost] + RECONNECTS * waitMs
}

function unrun<Rig>(check: Check<Rig>, verdict: Verdict): Result<Rig> {
  return { check, verdict, durationMs: 0, transcript: [] }
}

/** The result of a failed gate with what the diagnosis has found. */
async function diagnosed<Rig>(
  lane: Lane<Rig>,
  result: Result<Rig>,
  { diagnosis, driver }: Pick<RunOptions<Rig>, 'diagnosis' | 'driver'>,
): Promise<Result<Rig>> {
  const { kind, symptom } = result.verdict
  if (kind !== 'FAIL' || symptom === 'exit' || diagnosis === undefined) return result
  const { verdict } = await attempt(lane, diagnosis, driver)
  if (verdict.kind !== 'INFO') return result
  const reason = `${result.verdict.reason}\ntried step by step:\n${verdict.reason}`
  return { ...result, verdict: { ...result.verdict, reason } }
}

/** Runs a check, and again if the machine was too busy to judge it. */
async function attempt<Rig>(
  lane: Lane<Rig>,
  check: Check<Rig>,
  driver: TargetDriver,
): Promise<Result<Rig>> {
  for (let left = MOST_ATTEMPTS - 1; ; left -= 1) {
    const { result, wasBusy } = await attemptOnce(lane, check, driver)
    if (!wasBusy || left === 0) return result
  }
}

async function attemptOnce<Rig>(
  lane: Lane<Rig>,
  check: Check<Rig>,
  driver: TargetDriver,
): Promise<{ readonly result: Result<Rig>; readonly wasBusy: boolean }> {
  const startMs = performance.now()
  const deadline = new Deadline(deadlineMs(check, driver))
  const outcome = await lane
    .run(check, deadline.signal)
    // A failed cleanup does not affect the other checks.
    .catch((error: unknown) => ({ error, transcript: [] }))
  const { longestStandstillMs } = deadline
  deadline.clear()
  const seen = verdictOf(check.level, outcome)
  const verdict = unlessStoodStill(seen, longestStandstillMs)
  // Another attempt costs little, so a shorter standstill is a reason for one.
  const isWorthAnother = isDoubtful(seen, longestStandstillMs, standstillLimitMs(check, driver))
  const { transcript } = outcome
  return {
    result: { check, verdict, durationMs: performance.now() - startMs, transcript },
    wasBusy: isWorthAnother || isBusy(outcome),
  }
}

/** Half of the shortest time for which the target of a check waits for its clients or back ends. */
function standstillLimitMs<Rig>({ variant }: Check<Rig>, { claims }: TargetDriver): number {
  const own = variant === undefined ? claims : { ...claims, ...claims.variants?.[variant] }
  const { headWithinMs, silenceMs, requestWithinMs, stallMs } = own
  const limits = [headWithinMs, silenceMs, requestWithinMs, stallMs]
  return Math.min(STANDSTILL_MS, ...limits.filter((ms) => ms !== undefined)) / 2
}

function isBusy(outcome: object): boolean {
  return 'error' in outcome && outcome.error instanceof Finding && outcome.error.kind === 'busy'
}
