#!/usr/bin/env node
import { renameSync, writeFileSync } from 'node:fs'

import type { ClockState } from './clock/clock-setting.ts'
import { parseConfig } from './config.ts'
import type { KeptReport } from './durability/keep-space.ts'
import { exitCode, MockServerError } from './errors.ts'
import type { Settings } from './knobs.ts'
import type { MockContentStore } from './start.ts'
import { startMockContentStore } from './start.ts'
import { Output } from './output.ts'
import { serviceUrls } from './service-urls.ts'

const stdout = new Output(process.stdout)
const stderr = new Output(process.stderr)

void main()

async function main(): Promise<void> {
  try {
    const [command, ...args] = process.argv.slice(2)
    if (command === 'learn') {
      const { runLearn } = await import('./learn/run-learn.ts')
      await runLearn(args, { stdout, stderr })
    } else if (command === 'run') {
      const { runScenarios } = await import('./scenario/run-command.ts')
      process.exitCode = await runScenarios(args, stdout)
    } else if (command === 'verify') {
      const { runVerify } = await import('./journal/verify/run-verify.ts')
      process.exitCode = await runVerify(args, (text) => process.stdout.write(text))
    } else if (command === 'call') {
      const { runCall } = await import('./control/run-call.ts')
      const complain = (text: string): void => stderr.write(text)
      process.exitCode = await runCall(args, { stdout: process.stdout, complain })
    } else if (command === 'health') {
      const { runHealth } = await import('./run-health.ts')
      await runHealth(args, (text) => process.stdout.write(text))
    } else if (command === 'demo') {
      // The demo starts a proxy too, which this folder knows nothing of.
      // oxlint-disable-next-line no-restricted-imports
      const { runDemo } = await import('../tools/demo/run-demo.ts')
      process.exitCode = await runDemo('mock-content-store demo', args)
    } else {
      const config = parseConfig(process.argv.slice(2), process.env)
      if (config.kind === 'run') await run(config.settings)
    }
  } catch (error) {
    printError(error)
    process.exitCode = exitCode(error)
  }
}

async function run(settings: Settings): Promise<void> {
  const store = await startMockContentStore({ ...settings, onFault: printError })
  // Last resort: a defect fails a request, not the whole store.
  process.on('uncaughtException', printError)
  // Before the ready line, because its reader may stop the store at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Unread output would keep the process alive.
    process.once(signal, () => void store.close().then(() => process.exit(0)))
  }
  try {
    if (settings.portFile !== '') writePort(settings.portFile, store.port)
  } catch (error) {
    await store.close()
    throw error
  }
  announce(store, settings)
}

/** Writes the file atomically, so that no reader sees a partial one. */
function writePort(path: string, port: number): void {
  try {
    writeFileSync(`${path}.new`, `${port}\n`)
    renameSync(`${path}.new`, path)
  } catch (error) {
    throw new MockServerError('cannot-listen', `cannot write ${path}: ${String(error)}`, {
      cause: error,
    })
  }
}

/**
 * One stable line for programs on standard output, everything else for people on standard error.
 * [protocol §8.1]
 */
function announce(
  { url, port, control }: MockContentStore,
  { json, login, acceptAnyLogin }: Settings,
): void {
  const line = json
    ? JSON.stringify({ event: 'listening', url, port, pid: process.pid })
    : `listening on ${url}`
  stdout.write(`${line}\n`)
  const urls = serviceUrls(url)
  stderr.write(`  page          ${url}/__mock/ui/
  start feed    ${urls.start}
  change logs   ${urls.changeLogs}
  event stream  ${urls.eventStream}
  control API   ${url}/__mock/info
  login         ${acceptAnyLogin ? 'any' : `${login.name}, with the configured password`}
  state         ${stateLine(control.info().kept)}
  clock         ${clockLine(control.clock.state)}
  random seed   ${control.info().settings.randomSeed}
`)
}

function stateLine(kept: KeptReport | null): string {
  if (kept === null) return 'in memory, lost on exit; --data-dir DIR keeps it'
  const { folder, fsync, effects, tornBytes } = kept
  const torn =
    tornBytes === 0
      ? ''
      : `; the last write, of ${tornBytes} bytes, had not finished and is cut off`
  return `kept in ${folder}, ${effects} changes so far, fsync ${fsync}${torn}`
}

function clockLine({ frozen, at, offsetMs }: ClockState): string {
  if (frozen) return `frozen at ${at}`
  return offsetMs === 0 ? 'real' : `${offsetMs} ms from the real time`
}

function printError(error: unknown): void {
  const message =
    error instanceof MockServerError
      ? error.message
      : String(error instanceof Error ? error.stack : error)
  stderr.write(`${message.replaceAll(/^/gm, 'mock-content-store: ')}\n`)
}
