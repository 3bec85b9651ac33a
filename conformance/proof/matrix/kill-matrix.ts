import type { StreamCheck } from '../../checks/stream-check.ts'
import { StreamLane } from '../../rig/stream-lane.ts'
import { matchesGlob } from '../../runner/selection/glob.ts'
import { runChecks } from '../../runner/run.ts'
import type { Role, TargetDriver } from '../../runner/target.ts'
import type { Verdict } from '../../runner/outcome/verdict.ts'

/** The role of a subject in the proof. */
type MatrixSubjectKind = 'mutant' | 'benign' | 'dead'

export interface MatrixSubject {
  readonly kind: MatrixSubjectKind
  readonly driver: TargetDriver
  /** Globs of the checks that a benign variant is tried on. Left out: all. */
  readonly only?: readonly string[] | undefined
}

/** One subject and the verdict of every check that applies to its role. */
export interface MatrixColumn {
  readonly name: string
  readonly kind: MatrixSubjectKind
  readonly role: Role
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly durationsMs: ReadonlyMap<string, number>
}

export interface MatrixOptions {
  readonly checks: readonly StreamCheck[]
  readonly subjects: readonly MatrixSubject[]
  /** How long a check waits for an expected event. */
  readonly holdMs: number
  /**
   * Whether quick checks also run on mutants that they do not name, and the longest silences run on
   * the reference.
   */
  readonly full: boolean
  /** Subjects under test at once. */
  readonly concurrency: number
}

/** Longest silence that the reference must survive unless the matrix is full. */
const IDLE_SECONDS = 65

const REFERENCES = new Set(['reference', 'ring-reference'])

/** Any failure: the check detected the fault. */
export function isKill(verdict: Verdict | undefined, check: StreamCheck): boolean {
  if (verdict === undefined) return false
  if (check.level === 'info')
    return verdict.kind === 'INFO' && !/^(in time|yes)/.test(verdict.reason)
  return verdict.kind === 'FAIL' || verdict.kind === 'WARN'
}

/**
 * A check runs on the mutants that it names, on every benign variant and on every dead target. Idle
 * checks run on the references as their only benign variants. The full matrix also runs quick
 * checks on every mutant.
 */
export function isTried(
  check: StreamCheck,
  { kind, driver, only }: MatrixSubject,
  full = false,
): boolean {
  if (check.kills.includes(driver.name)) return true
  if (only !== undefined && !only.some((glob) => matchesGlob(glob, check.id))) return false
  if (check.cost === 'idle')
    return REFERENCES.has(driver.name) && (full || check.idleSeconds <= IDLE_SECONDS)
  return kind !== 'mutant' || (full && check.cost === 'quick')
}

/**
 * Neither passed nor observed, nor left out because the target does not claim what the check needs,
 * or has a smaller log, or asks by an older HTTP.
 */
export function isRejected({ kind, reason }: Verdict): boolean {
  const isUnclaimed =
    kind === 'SKIP' &&
    /^the target (?:does not claim|describes no|keeps fewer|asks back ends)/.test(reason)
  return kind !== 'PASS' && kind !== 'INFO' && !isUnclaimed
}

/** Runs the checks against all subjects, even after a failed gate. */
export async function buildKillMatrix(options: MatrixOptions): Promise<readonly MatrixColumn[]> {
  const queue = [...options.subjects]
  const columns: MatrixColumn[] = []
  const work = async (): Promise<void> => {
    for (let subject = queue.shift(); subject !== undefined; subject = queue.shift()) {
      columns.push(await runColumn(options, subject))
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, work))
  await retryAlone(options, columns)
  return options.subjects.flatMap(({ driver }) =>
    columns.filter(({ name, role }) => name === driver.name && role === driver.role),
  )
}

/**
 * A benign variant that fails while everything runs in parallel is tried again alone before the
 * failure counts, and so is a check that found the machine too busy to judge a mutant.
 */
async function retryAlone(options: MatrixOptions, columns: MatrixColumn[]): Promise<void> {
  for (const [index, column] of columns.entries()) {
    const subject = options.subjects.find(
      ({ driver }) => driver.name === column.name && driver.role === column.role,
    )
    const checks = options.checks.filter((check) => isUndecided(column, check))
    if (subject === undefined || checks.length === 0) continue
    const again = await runColumn({ ...options, checks, holdMs: options.holdMs * 2 }, subject)
    columns[index] = { ...column, verdicts: new Map([...column.verdicts, ...again.verdicts]) }
  }
}

function isUndecided({ kind, name, verdicts }: MatrixColumn, check: StreamCheck): boolean {
  const verdict = verdicts.get(check.id)
  if (verdict === undefined) return false
  if (kind === 'benign') return isRejected(verdict)
  return verdict.kind === 'INCONCLUSIVE' && check.kills.includes(name)
}

async function runColumn(
  { checks, holdMs, full }: MatrixOptions,
  subject: MatrixSubject,
): Promise<MatrixColumn> {
  const { kind, driver } = subject
  const calibration = { holdMs }
  const results = await runChecks({
    checks: checks.filter((check) => isTried(check, subject, full)),
    driver,
    selection: { only: [], skip: [], maxIdleSeconds: 3600 },
    lanes: 4,
    gated: false,
    openLane: () => new StreamLane({ driver, calibration }),
    onResult: () => {},
  })
  const verdicts = new Map(results.map(({ check, verdict }) => [check.id, verdict]))
  const durationsMs = new Map(results.map(({ check, durationMs }) => [check.id, durationMs]))
  return { name: driver.name, kind, role: driver.role, verdicts, durationsMs }
}
