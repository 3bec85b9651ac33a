import { CATALOGUE } from './checks/catalogue.ts'
import type { StreamCheck } from './checks/stream-check.ts'
import { readExpectationFile } from './drivers/expectation-file.ts'
import type { LoadedTarget } from './drivers/load-target.ts'
import type { Rig } from './rig/rig.ts'
import { StreamLane } from './rig/stream-lane.ts'
import {
  compareWithExpectation,
  staleExpectations,
  type Expectation,
  type Standing,
} from './runner/outcome/expectations.ts'
import { shuffle } from './runner/selection/shuffle.ts'
import { runChecks, type Result } from './runner/run.ts'
import type { Selection } from './runner/selection/select.ts'

const LANES = 4
const HOLD_MS = 2000

export interface JudgeOptions {
  readonly target: LoadedTarget
  readonly selection: Selection
  /** The whole catalogue unless said otherwise. */
  readonly checks?: readonly StreamCheck[] | undefined
  /** One check at a time. */
  readonly serial: boolean
  /** Shuffles the order of checks. */
  readonly seed?: number | undefined
  readonly onResult: (result: Result<Rig>, standing: Standing) => void
}

/** Everything that a run found out. */
export interface Judgement {
  readonly target: LoadedTarget
  readonly results: readonly Result<Rig>[]
  readonly standings: ReadonlyMap<string, Standing>
  readonly stale: readonly Expectation[]
  readonly holdMs: number
  readonly durationMs: number
}

/** Runs the catalogue against a target and holds the outcome against what is expected of it. */
export async function judgeTarget({
  target,
  selection,
  checks = CATALOGUE,
  serial,
  seed,
  onResult,
}: JudgeOptions): Promise<Judgement> {
  const startMs = performance.now()
  const { driver } = target
  const expectations =
    target.expectations === undefined ? [] : readExpectationFile(target.expectations)
  const gates = checks.filter(({ level }) => level === 'gate')
  const rest = checks.filter(({ level }) => level !== 'gate')
  const calibration = { holdMs: HOLD_MS }
  const standings = new Map<string, Standing>()
  const results = await runChecks<Rig>({
    checks: seed === undefined ? checks : [...gates, ...shuffle(rest, seed)],
    driver,
    selection,
    lanes: serial || driver.originPorts !== undefined ? 1 : LANES,
    gated: true,
    openLane: () => new StreamLane({ driver, calibration }),
    onResult: (result) => {
      const standing = compareWithExpectation(result.check.id, result.verdict, expectations)
      standings.set(result.check.id, standing)
      onResult(result, standing)
    },
  })
  const verdicts = new Map(results.map(({ check, verdict }) => [check.id, verdict]))
  return {
    target,
    results,
    standings,
    stale: staleExpectations(verdicts, expectations),
    holdMs: calibration.holdMs,
    durationMs: performance.now() - startMs,
  }
}
