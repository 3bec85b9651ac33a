import { CATALOGUE } from './checks/catalogue.ts'
import { DIAGNOSIS } from './checks/diagnosis.ts'
import { STAYS_UP } from './checks/stays-up.ts'
import { measureReconnect } from './checks/measure-reconnect.ts'
import type { StreamCheck } from './checks/stream-check.ts'
import { readExpectationFile } from './drivers/expectation-file.ts'
import type { LoadedTarget } from './drivers/load-target.ts'
import { words } from './rig/finding/exit-watch.ts'
import type { Rig } from './rig/rig.ts'
import { StreamLane } from './rig/stream-lane.ts'
import {
  compareWithExpectation,
  staleExpectations,
  type Expectation,
  type ExpectationStatus,
} from './runner/outcome/expectations.ts'
import { shuffle } from './runner/selection/shuffle.ts'
import { runChecks, type Result } from './runner/run.ts'
import type { TargetDriver } from './runner/target.ts'
import type { Selection } from './runner/selection/select.ts'

/** Checks at the same time. */
const LANES = 6
const HOLD_MS = 2000

export interface SuiteOptions {
  readonly target: LoadedTarget
  readonly selection: Selection
  /** Default: the whole catalogue. */
  readonly checks?: readonly StreamCheck[] | undefined
  /** One check at a time. */
  readonly serial: boolean
  /** Checks at the same time, unless they are serial; default: 6. */
  readonly lanes?: number | undefined
  /** Shuffles the order of checks. */
  readonly seed?: number | undefined
  readonly strict?: boolean | undefined
  readonly onResult: (result: Result<Rig>, expectationStatus: ExpectationStatus) => void
}

/** The results of a run. */
export interface SuiteRun {
  readonly target: LoadedTarget
  readonly results: readonly Result<Rig>[]
  readonly statuses: ReadonlyMap<string, ExpectationStatus>
  readonly stale: readonly Expectation[]
  readonly holdMs: number
  readonly durationMs: number
  /** A WARN fails the run. */
  readonly strict?: boolean | undefined
}

function lateExitResult(exits: readonly string[]): readonly Result<Rig>[] {
  const [first] = exits
  if (first === undefined) return []
  const times = exits.length === 1 ? '' : `${exits.length} times; `
  const verdict = { kind: 'FAIL', reason: `${times}${first}`, symptom: 'exit' } as const
  return [{ check: STAYS_UP, verdict, durationMs: 0, transcript: [] }]
}

/** Runs the catalogue against a target and compares the verdicts with its expectations. */
export async function runSuite({
  target,
  selection,
  checks = CATALOGUE,
  serial,
  lanes = LANES,
  seed,
  strict,
  onResult,
}: SuiteOptions): Promise<SuiteRun> {
  const startMs = performance.now()
  let { claims } = target.driver
  const driver: TargetDriver = {
    ...target.driver,
    get claims() {
      return claims
    },
  }
  const expectations =
    target.expectations === undefined ? [] : readExpectationFile(target.expectations)
  const gates = checks.filter(({ level }) => level === 'gate')
  const rest = checks.filter(({ level }) => level !== 'gate')
  const calibration = { holdMs: HOLD_MS }
  const statuses = new Map<string, ExpectationStatus>()
  const lateExits: string[] = []
  const settle = (result: Result<Rig>): void => {
    const expectationStatus = compareWithExpectation(result.check.id, result.verdict, expectations)
    statuses.set(result.check.id, expectationStatus)
    onResult(result, expectationStatus)
  }
  const judged = await runChecks<Rig>({
    checks: seed === undefined ? checks : [...gates, ...shuffle(rest, seed)],
    driver,
    selection,
    lanes: serial || driver.originPorts !== undefined ? 1 : lanes,
    gated: true,
    diagnosis: DIAGNOSIS,
    afterGates: async (lane) => {
      if (driver.role !== 'concentrator' || claims.reconnectWithinMs !== undefined) return
      const reconnectWithinMs = await measureReconnect(lane)
      claims = { ...claims, reconnectWithinMs }
    },
    openLane: () =>
      new StreamLane({
        driver,
        calibration,
        onLateExit: (exit, afterId) =>
          lateExits.push(`it exited with ${exit.how} after ${afterId}${words(exit)}`),
      }),
    onResult: settle,
  })
  const results = [...judged, ...lateExitResult(lateExits)]
  results.slice(judged.length).forEach(settle)
  const verdicts = new Map(results.map(({ check, verdict }) => [check.id, verdict]))
  return {
    target,
    results,
    statuses,
    stale: staleExpectations(verdicts, expectations),
    holdMs: calibration.holdMs,
    durationMs: performance.now() - startMs,
    strict,
  }
}
