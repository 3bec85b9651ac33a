import { existsSync, writeFileSync } from 'node:fs'

import { stringify } from 'yaml'

import { MockServerError } from '../errors.ts'
import type { Login } from '../knobs/server.ts'
import type { Output } from '../output.ts'
import type { LearnCommand } from './command-line.ts'
import { parseLearn } from './command-line.ts'
import { learn } from './learn.ts'
import { writeSettings } from './settings-file.ts'
import { tableRows, writeTable } from './table.ts'
import { counted } from '../counted.ts'

export interface LearnOutputs {
  /** Receives the table. */
  readonly stdout: Output
  /** Receives the progress. */
  readonly stderr: Output
}

/** The program `mock-content-store learn`. Throws a `MockServerError` if it cannot finish. */
export async function runLearn(
  args: readonly string[],
  { stdout, stderr }: LearnOutputs,
): Promise<void> {
  const command = parseLearn(args)
  if (command === undefined) return
  assertNew(command)
  const { ours, login, baseUrl, settingsFile, seedFile } = command
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () =>
      interrupted.abort(new MockServerError('timed-out', `stopped by ${signal}`)),
    )
  const onStep = (what: string): void => stderr.write(`  learn: ${what}\n`)
  const learned = await learn({ ...command, signal: interrupted.signal, onStep })
  const rows = tableRows(ours, learned.ours, learned.theirs)
  stdout.write(withoutLogin(writeTable(rows), login))
  write(settingsFile, withoutLogin(writeSettings(baseUrl, ours, learned.theirs), login))
  write(seedFile, withoutLogin(stringify(learned.seed), login))
  const differences = rows.filter(({ isDifferent }) => isDifferent === true).length
  stderr.write(`  ${counted(learned.requests, 'request')}, differences (*): ${differences}
  try them: mock-content-store --config ${settingsFile} --seed-file ${seedFile}
`)
}

/** Runs before the first request. */
function assertNew({ settingsFile, seedFile, force }: LearnCommand): void {
  const there = [settingsFile, seedFile].filter((path) => existsSync(path))
  if (there.length === 0 || force) return
  throw new MockServerError(
    'bad-config',
    `${there.join(' and ')} would be replaced: choose other names with --settings and --seed, or say --force`,
  )
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new MockServerError('cannot-listen', `cannot write ${path}: ${String(error)}`, {
      cause: error,
    })
  }
}

/** Removes the login from text, because a store may echo it. */
function withoutLogin(text: string, login: Login | undefined): string {
  if (login === undefined) return text
  const pair = `${login.name}:${login.password}`
  return text.replaceAll(pair, '***').replaceAll(Buffer.from(pair).toString('base64'), '***')
}
