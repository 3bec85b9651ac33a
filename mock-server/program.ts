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
import { counted } from './counted.ts'

const stdout = new Output(process.stdout)
const stderr = new Output(process.stderr)

/** Runs the store, or the command that the first argument names. Returns the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const [command, ...args] = argv
  try {
    switch (command) {
      case 'learn': {
        const { runLearn } = await import('./learn/run-learn.ts')
        await runLearn(args, { stdout, stderr })
        return 0
      }
      case 'run': {
        const { runScenarios } = await import('./scenario/run-command.ts')
        return await runScenarios(args, stdout)
      }
      case 'verify': {
        const { runVerify } = await import('./journal/verify/run-verify.ts')
        return await runVerify(args, (text) => process.stdout.write(text))
      }
      case 'call': {
        const { runCall } = await import('./control/run-call.ts')
        const complain = (text: string): void => stderr.write(text)
        return await runCall(args, { stdout: process.stdout, complain })
      }
      case 'health': {
        const { runHealth } = await import('./run-health.ts')
        await runHealth(args, (text) => process.stdout.write(text))
        return 0
      }
      default: {
        const config = parseConfig(argv, process.env)
        if (config.kind === 'run') await run(config.settings)
        return 0
      }
    }
  } catch (error) {
    printError(error)
    return exitCode(error)
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
      : `; the last write, of ${counted(tornBytes, 'byte')}, had not finished and is cut off`
  return `kept in ${folder}, ${counted(effects, 'change')} so far, fsync ${fsync}${torn}`
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
