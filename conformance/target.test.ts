import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { beforeAll, expect, test } from 'vitest'

import { CATALOGUE } from './checks/catalogue.ts'
import { fileOrFront, loadTarget } from './drivers/load-target.ts'
import { runSuite, type SuiteRun } from './run-suite.ts'
import { explain } from './report/console/explain.ts'
import type { Rig } from './rig/rig.ts'
import type { ExpectationStatus } from './runner/outcome/expectations.ts'
import type { Result } from './runner/run.ts'
import { choose, type Selection } from './runner/selection/select.ts'

const OWN_TARGET = 'conformance/targets/sse-proxy.yaml'
const OWN_EXPECTATIONS = 'conformance/targets/sse-proxy.expectations.yaml'
const LONGEST_MS = 900_000

const file = process.env['TARGET'] ?? OWN_TARGET
const role = process.env['SSE_CONFORMANCE_ROLE'] === 'gateway' ? 'gateway' : undefined
const target = loadTarget({
  source: fileOrFront(file === OWN_TARGET ? compiledTarget() : file),
  role,
  print: (text) => void process.stderr.write(text),
})
const selection: Selection = { only: [], skip: [], maxIdleSeconds: 0 }
const applicable = CATALOGUE.filter(
  (check) => choose(check, target.driver.role, target.driver.claims, selection).kind !== 'out',
)

/** Our proxy as the test run has compiled it, if it has: a check that starts it then takes a third of the processor time. */
function compiledTarget(): string {
  const folder = process.env['TEST_COMPILED']
  if (folder === undefined) return OWN_TARGET
  const [program, path] = [join(folder, 'proxy/main.js'), join(folder, basename(OWN_TARGET))]
  const text = readFileSync(OWN_TARGET, 'utf8')
  writeFileSync(path, text.replace('--import, tsx, proxy/main.ts', program))
  copyFileSync(OWN_EXPECTATIONS, join(folder, basename(OWN_EXPECTATIONS)))
  return path
}

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
    const flags = file === OWN_TARGET ? `--target ${file}` : target.flags
    const rerun = `npm run conformance -- ${flags} --only ${id}`
    expect(passes, `\n${explain(result, expectationStatus, rerun).join('\n')}\n`).toBe(true)
  })
}

test('no expectation of the target is stale', () => {
  expect(run.stale).toEqual([])
})
