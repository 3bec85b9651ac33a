import { loadTarget, type FrontSettings, type TargetSource } from './drivers/load-target.ts'
import { ConformanceError } from './errors.ts'
import { REPORTS, type ReportKind } from './report/reports.ts'
import type { Rig } from './rig/rig.ts'
import { runSuite } from './run-suite.ts'
import type { Level } from './runner/check.ts'
import { exitCode } from './runner/outcome/exit-code.ts'
import type { ExpectationStatus } from './runner/outcome/expectations.ts'
import type { VerdictKind } from './runner/outcome/verdict.ts'
import type { Result } from './runner/run.ts'

/** One of `front`, `spawn` and `targetFile` names the proxy; the rest is optional. */
export interface JudgeProxyOptions extends FrontSettings {
  /** URL of a proxy that runs and reads from the suite's back ends, or can be told to. */
  readonly front?: string | undefined
  /** Command that starts a proxy, with placeholders such as `{frontPort}` and `{backendUrl}`. */
  readonly spawn?: string | undefined
  /** Path of a target file. */
  readonly targetFile?: string | undefined
  /** Globs of check ids that run, such as `flush.*`; default: all. */
  readonly only?: readonly string[] | undefined
  /** Globs of check ids that do not run; default: none. */
  readonly skip?: readonly string[] | undefined
  /** Also run checks that are idle for up to this long; default: 0. */
  readonly maxIdleSeconds?: number | undefined
  /** A broken *should* fails the run; default: false. */
  readonly strict?: boolean | undefined
  /** Shuffles the checks; the same number gives the same order. */
  readonly seed?: number | undefined
  /** Called when a check ends. */
  readonly onCheck?: ((check: JudgedCheck) => void) | undefined
  /** Takes what a user has to do so that `front` reads from the suite; default: not printed. */
  readonly print?: ((text: string) => void) | undefined
}

interface JudgedCheck {
  readonly id: string
  readonly title: string
  readonly level: Level
  readonly verdict: VerdictKind
  /** What was seen, and what the rule asks for; empty for a check that passed. */
  readonly reason: string
  /** The verdict counts against the proxy, and no expectation file allows it. */
  readonly isUnexpected: boolean
  readonly durationMs: number
}

export interface SuiteReport {
  /** As that of the program `sse-conformance`: 0 is a proxy without a fault. */
  readonly exitCode: number
  readonly checks: readonly JudgedCheck[]
  readonly durationMs: number
  /** The text of a report file. */
  reportAs(kind: ReportKind): string
}

/**
 * Judges an SSE proxy as the program `sse-conformance` does. Throws `ConformanceError`: `usage` or
 * `target-file` for wrong options, `target-start` for a proxy that cannot be reached.
 */
export async function judgeProxy(options: JudgeProxyOptions): Promise<SuiteReport> {
  const { only = [], skip = [], maxIdleSeconds = 0, strict = false, seed } = options
  const { onCheck = () => {}, print = () => {} } = options
  const run = await runSuite({
    target: loadTarget({ ...options, source: sourceOf(options), print }),
    selection: { only, skip, maxIdleSeconds },
    serial: false,
    seed,
    strict,
    onResult: (result, status) => onCheck(judged(result, status)),
  })
  return {
    exitCode: exitCode({ ...run, strict }),
    checks: run.results.map((result) => judged(result, run.statuses.get(result.check.id))),
    durationMs: run.durationMs,
    reportAs: (kind) => REPORTS[kind](run),
  }
}

function sourceOf({ front, spawn, targetFile }: JudgeProxyOptions): TargetSource {
  const sources: TargetSource[] = []
  if (front !== undefined) sources.push({ kind: 'front', url: front })
  if (spawn !== undefined) sources.push({ kind: 'spawn', command: spawn })
  if (targetFile !== undefined) sources.push({ kind: 'file', path: targetFile })
  const [source, ...others] = sources
  if (source !== undefined && others.length === 0) return source
  throw new ConformanceError(
    'usage',
    `expected one of front, spawn and targetFile, got ${sources.length === 0 ? 'none' : sources.length}`,
  )
}

function judged(
  { check, verdict, durationMs }: Result<Rig>,
  status: ExpectationStatus | undefined,
): JudgedCheck {
  const { id, title, level } = check
  const { kind, reason } = verdict
  return {
    id,
    title,
    level,
    verdict: kind,
    reason,
    isUnexpected: status?.kind === 'unexpected',
    durationMs,
  }
}
