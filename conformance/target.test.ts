import { beforeAll, expect, test, type RunnerTestCase } from 'vitest'

import { CATALOGUE } from './checks/catalogue.ts'
import { fileOrFront, loadTarget } from './drivers/load-target.ts'
import { runSuite, type SuiteRun } from './run-suite.ts'
import { STAYS_UP } from './checks/stays-up.ts'
import { waitFrom } from './cli/options.ts'
import { resultLine } from './report/console/closing-report.ts'
import { compiledTarget, OWN_TARGET } from './testing/compiled-target.ts'
import { explain } from './report/console/explain.ts'
import { escapeConsole } from './report/escape.ts'
import { rerunCommand } from './report/rerun.ts'
import type { Rig } from './rig/rig.ts'
import type { ExpectationStatus } from './runner/outcome/expectations.ts'
import type { Result } from './runner/run.ts'
import { choose, type Selection } from './runner/selection/select.ts'

const PROGRESS_MS = 5000
/** After the wait for a target that is still being configured. */
const LONGEST_RUN_MS = 900_000

const file = process.env['TARGET'] ?? OWN_TARGET
const role = process.env['SSE_CONFORMANCE_ROLE'] === 'gateway' ? 'gateway' : undefined
const waitSeconds = waitFrom(process.env)
/** Most checks wait for a timeout of our proxy. */
const OWN_LANES = 6
const LONGEST_MS = LONGEST_RUN_MS + 1000 * (waitSeconds ?? 600)
const target = loadTarget({
  source: fileOrFront(file === OWN_TARGET ? compiledTarget() : file),
  role,
  waitSeconds,
  print: (text) => void process.stderr.write(text),
})
const selection: Selection = { only: [], skip: [], maxIdleSeconds: 0 }
const applicable = CATALOGUE.filter(
  (check) => choose(check, target.driver.role, target.driver.claims, selection).kind !== 'out',
)

declare module 'vitest' {
  interface TaskMeta {
    /** A verdict that does not fail the run but has to be seen. */
    note?: string
  }
}

interface Outcome {
  readonly result: Result<Rig>
  readonly expectationStatus: ExpectationStatus
}

const outcomes = new Map<string, Outcome>()
let run: SuiteRun

beforeAll(async () => {
  const progress = startProgress()
  run = await runSuite({
    target,
    selection,
    serial: false,
    lanes: file === OWN_TARGET ? OWN_LANES : undefined,
    onResult: (result, expectationStatus) => {
      outcomes.set(result.check.id, { result, expectationStatus })
      progress.add(result, expectationStatus)
    },
  }).finally(() => progress.stop())
}, LONGEST_MS)

/** Prints failures as they happen, and every few seconds how far the run is. */
function startProgress() {
  const startMs = performance.now()
  let ended = 0
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startMs) / 1000)
    write(`… ${ended} of ${applicable.length} checks, ${seconds} s`)
  }, PROGRESS_MS)
  return {
    add: (result: Result<Rig>, expectationStatus: ExpectationStatus) => {
      ended += 1
      const isNews = expectationStatus.kind === 'unexpected' && result.verdict.kind !== 'BLOCKED'
      if (isNews && file !== OWN_TARGET) write(resultLine(result, expectationStatus))
    },
    stop: () => clearInterval(timer),
  }
}

function write(line: string): void {
  process.stderr.write(` ${line}\n`)
}

/** Reports show how long the check took: the test itself only reads its verdict. */
function setDuration({ result }: Readonly<RunnerTestCase>, ms: number): void {
  if (result === undefined) return
  // The runner assigns its own measure at the end.
  Object.defineProperty(result, 'duration', { get: () => ms, set: () => {}, enumerable: true })
}

/** A failure whose text is the report: no assertion of this file is to blame. */
function failure(text: string): Error {
  const error = new Error(`\n${text}\n`)
  error.name = 'conformance'
  error.stack = ''
  return error
}

for (const { id, title } of [...applicable, STAYS_UP]) {
  // oxlint-disable-next-line vitest/expect-expect -- it throws the report, which names no line of this file
  test(`${id}: ${title}`, (context) => {
    const outcome = outcomes.get(id)
    if (outcome === undefined) {
      // Only a target that has exited has a result of it.
      if (id === STAYS_UP.id) return
      throw new Error(`${id} was not judged`)
    }
    const { result, expectationStatus } = outcome
    const { kind, reason } = result.verdict
    setDuration(context.task, result.durationMs)
    if (kind === 'SKIP' || kind === 'BLOCKED') context.skip(reason)
    if (expectationStatus.kind === 'fine') return
    const [line = ''] = reason.split('\n')
    if (expectationStatus.kind === 'expected') {
      context.task.meta.note = `${kind} ${id}, as expected: ${expectationStatus.reason}`
    } else if (kind === 'WARN' && file !== OWN_TARGET) {
      // A broken SHOULD fails the test for our own proxy only.
      context.task.meta.note = `WARN ${id}: ${escapeConsole(line)}`
    } else {
      const flags = file === OWN_TARGET ? `--target ${file}` : target.flags
      throw failure(explain(result, expectationStatus, rerunCommand({ flags }, id)).join('\n'))
    }
  })
}

test('no expectation of the target is stale', () => {
  expect(run.stale).toEqual([])
})
