import { writeFileSync } from 'node:fs'

import { MockServerError } from '../errors.ts'
import type { Output } from '../output.ts'
import { startMockContentStore } from '../start.ts'
import type { RunCommand } from './command-line.ts'
import { parseRun } from './command-line.ts'
import { writeJunit } from './junit.ts'
import { readScenario } from './read-scenario.ts'
import { resultLine } from './result-line.ts'
import type { ScenarioResult } from './scenario-run.ts'
import { ScenarioRun } from './scenario-run.ts'
import { scenarioPath } from './shipped-scenarios.ts'

/**
 * The program `mock-content-store run`. Returns its exit code: 0, 1 for a scenario that failed.
 * Throws a `MockServerError` when scenarios cannot be run; those that ended are reported first.
 */
export async function runScenarios(args: readonly string[], stdout: Output): Promise<0 | 1> {
  const command = parseRun(args)
  if (command === undefined) return 0
  const files = command.files.map((file) => readScenario(scenarioPath(file)))
  const stop = stopSignal(command.maxSeconds)
  const results: ScenarioResult[] = []
  try {
    await using store = command.url === undefined ? await startStore(command) : undefined
    const storeUrl = command.url ?? store?.url ?? ''
    for (const file of files) {
      const { login, proxy: proxyUrl, seed, variables } = command
      const options = { storeUrl, login, proxyUrl, seed, variables, signal: stop }
      const result = await new ScenarioRun(file, options).run()
      results.push(result)
      stdout.write(`${resultLine(result)}\n`)
      stop.throwIfAborted()
    }
  } finally {
    if (command.junit !== undefined) writeReport(command.junit, results)
  }
  return results.every(({ verdict }) => verdict === 'passed') ? 0 : 1
}

async function startStore({ port, login }: RunCommand) {
  return startMockContentStore({ port, login })
}

function stopSignal(maxSeconds: number): AbortSignal {
  const stop = new AbortController()
  const late = new MockServerError(
    'timed-out',
    `the scenarios took longer than ${maxSeconds} s; give them more with --max-seconds`,
  )
  setTimeout(() => stop.abort(late), maxSeconds * 1_000).unref()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new MockServerError('timed-out', `stopped by ${signal}`)))
  return stop.signal
}

function writeReport(path: string, results: readonly ScenarioResult[]): void {
  try {
    writeFileSync(path, writeJunit(results))
  } catch (error) {
    throw new MockServerError('cannot-listen', `cannot write ${path}: ${String(error)}`, {
      cause: error,
    })
  }
}
