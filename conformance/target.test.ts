import { beforeAll, expect, test } from 'vitest'

import { CATALOGUE } from './checks/catalogue.ts'
import { fileOrFront, loadTarget } from './drivers/load-target.ts'
import { runSuite, type SuiteRun } from './run-suite.ts'
import { explain } from './report/explain.ts'
import type { Rig } from './rig/rig.ts'
import type { ExpectationStatus } from './runner/outcome/expectations.ts'
import type { Result } from './runner/run.ts'
import { choose, type Selection } from './runner/selection/select.ts'

const OWN_TARGET = 'conformance/targets/sse-proxy.yaml'
const LONGEST_MS = 900_000

const file = process.env['TARGET'] ?? OWN_TARGET
const role = process.env['SSE_CONFORMANCE_ROLE'] === 'gateway' ? 'gateway' : undefined
const target = loadTarget({
  source: fileOrFront(file),
  role,
  print: (text) => void process.stderr.write(text),
})
const selection: Selection = { only: [], skip: [], maxIdleSeconds: 0 }
const applicable = CATALOGUE.filter(
  (check) => choose(check, target.driver.role, target.driver.claims, selection).kind !== 'out',
)

interface Outcome {
  readonly result: Result<Rig>
  readonly expectationStatus: ExpectationStatus
}

const outcomes = new Map<string, Outcome>()
let run: SuiteRun

beforeAll(async () => {
  run = await runSuite({
    target,
    selection,
    serial: false,
    onResult: (result, expectationStatus) =>
      outcomes.set(result.check.id, { result, expectationStatus }),
  })
}, LONGEST_MS)

for (const { id, title } of applicable) {
  test(`${id}: ${title}`, (context) => {
    const outcome = outcomes.get(id)
    if (outcome === undefined) throw new Error(`${id} was not judged`)
    const { result, expectationStatus } = outcome
    const { kind, reason } = result.verdict
    if (kind === 'SKIP' || kind === 'BLOCKED') context.skip(reason)
    // A broken SHOULD fails the test for our own proxy only.
    const passes =
      expectationStatus.kind !== 'unexpected' || (kind === 'WARN' && file !== OWN_TARGET)
    const rerun = `npm run conformance -- ${target.flags} --only ${id}`
    expect(passes, `\n${explain(result, expectationStatus, rerun).join('\n')}\n`).toBe(true)
  })
}

test('no expectation of the target is stale', () => {
  expect(run.stale).toEqual([])
})
