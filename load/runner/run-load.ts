import { cpus, release, totalmem, type } from 'node:os'

import type { JournalEntry } from '../lib/journal.ts'
import { PROFILES } from '../lib/profiles.ts'
import { type Outcome, toOutcome } from '../report/outcome.ts'
import { writeReports } from '../report/write-reports.ts'
import type { LoadOptions } from './command-line.ts'
import { LoadError } from '../errors.ts'
import { findK6 } from './k6-binary.ts'
import { runK6 } from './k6-run.ts'
import { findShortages, readBox } from './preflight.ts'
import { setStage } from './stage.ts'

/** Runs one scenario against a store and a proxy, writes the reports, and returns what came of it. */
export async function runLoad(
  options: LoadOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Outcome> {
  const streams = options.streams ?? PROFILES[options.profile].streams
  const shortages = findShortages(
    { streams, hasProxy: options.target === undefined },
    await readBox(),
  )
  if (shortages.length > 0) throw new LoadError('cannot-start', shortages.join('\n'))

  const k6 = await findK6({
    path: options.k6,
    onBuild: () => say('building k6 with the extension of load/k6: a minute or two, once'),
    signal,
  })
  await using stage = await setStage({ ...options, signal, say })
  say(`${streams} streams from ${stage.target}, changes through ${stage.store}`)

  const startedMs = Date.now()
  const { exitCode, summary, journal } = await runK6({
    k6,
    scenario: options.scenario,
    settings: {
      PROFILE: options.profile,
      STREAMS: String(streams),
      TARGET: stage.target,
      STORE: stage.store,
      STORE_LOGIN: options.login,
      PATIENCE_MS: String(options.patienceMs),
      UPSTREAMS: options.upstreams === undefined ? 'any' : String(options.upstreams),
    },
    scratchDir: stage.scratchDir,
    signal,
    onEntry: (entry) => {
      const line = progressLine(entry)
      if (line !== undefined) say(line)
    },
    onLine: say,
  })
  const facts = {
    scenario: options.scenario,
    profile: options.profile,
    target: stage.target,
    store: stage.store,
    startedAt: new Date(startedMs).toISOString(),
    tookMs: Date.now() - startedMs,
    machine: { cpus: cpus().length, memoryBytes: totalmem(), system: `${type()} ${release()}` },
  }
  const outcome = toOutcome(facts, exitCode === 0, summary, journal)
  for (const path of await writeReports(outcome, options.reportDir)) say(`report: ${path}`)
  return outcome
}

function progressLine(entry: JournalEntry): string | undefined {
  switch (entry.kind) {
    case 'phase': {
      const facts = Object.entries(entry.facts).filter(([name]) => name !== 'tookMs')
      const shown = facts.map(([name, value]) => `${name} ${value}`).join(', ')
      return `  ${entry.name}: ${entry.tookMs} ms${shown === '' ? '' : `, ${shown}`}`
    }
    case 'check':
      return entry.isOk ? undefined : `✗ ${entry.name}: ${entry.detail}`
    case 'fault':
      return `  fault: ${entry.text}`
    default:
      return undefined
  }
}
