import { setMaxListeners } from 'node:events'
import { cpus, release, totalmem, type } from 'node:os'

import { startConductor } from '../conductor/conductor.ts'
import { LoadError } from '../errors.ts'
import { PROFILES } from '../lib/profiles.ts'
import { findK6 } from '../process/k6-binary.ts'
import { UsageMeter } from '../process/usage.ts'
import { type Outcome, toOutcome } from '../report/outcome.ts'
import { writeReports } from '../report/write-reports.ts'
import type { LoadOptions } from './command-line.ts'
import { runK6 } from './k6-run.ts'
import { type Plan, planRun } from './plan.ts'
import { findShortages, findWarnings, readBox } from './preflight.ts'
import { Progress } from './progress.ts'
import { SCENARIOS } from './scenarios.ts'
import { setStage, type Stage } from './stage.ts'

/** k6 says so of each request that ends by its timeout, as those of `protocol` and `replay` do; checks tell the rest. */
const EXPECTED_NOISE = 'Request Failed'

type Say = (line: string) => void

/** Runs one scenario against a store and a proxy, writes the reports, and returns what came of it. */
export async function runLoad(
  options: LoadOptions,
  signal: AbortSignal,
  say: Say,
): Promise<Outcome> {
  const plan = await checkedPlan(options, say)
  const { backEnd, longPoll } = SCENARIOS[options.scenario]
  await using stage = await setStage({
    ...options,
    proxies: plan.proxies,
    workers: plan.workers,
    backEnd,
    longPoll,
    signal,
    say,
  })
  // After the stage: a target that cannot be reached is told before a build of minutes.
  const k6 = await findK6({
    path: options.k6,
    onBuild: () => say('building k6 with the extension of load/k6: a minute or two, once'),
    signal,
  })
  say(
    `${plan.streams} streams in ${plan.processes} k6 from ${stage.targets.join(', ')}, changes through ${stage.store}`,
  )
  const outcome = await measure(options, plan, stage, k6, signal, say)
  for (const path of await writeReports(outcome, options.reportDir)) say(`report: ${path}`)
  return outcome
}

async function checkedPlan(options: LoadOptions, say: Say): Promise<Plan> {
  const box = await readBox()
  const { target, processes, localIps } = options
  const { share = 1 } = SCENARIOS[options.scenario]
  const streams = options.streams ?? Math.ceil(PROFILES[options.profile].streams * share)
  const host = target === undefined ? '127.0.0.1' : new URL(target).hostname
  const plan = planRun(
    {
      streams,
      processes,
      localIps,
      startsProxy: target === undefined,
      proxies: SCENARIOS[options.scenario].proxies ?? 1,
      isLoopback: host === 'localhost' || host.startsWith('127.'),
    },
    box,
  )
  const shortages = findShortages(plan, box)
  if (shortages.length > 0) throw new LoadError('cannot-start', shortages.join('\n'))
  for (const warning of findWarnings(plan, box)) say(`note: ${warning}`)
  return plan
}

async function measure(
  options: LoadOptions,
  plan: Plan,
  stage: Stage,
  k6: string,
  signal: AbortSignal,
  say: Say,
): Promise<Outcome> {
  await using conductor = await startConductor({ parties: plan.parts })
  using meter = new UsageMeter()
  for (const { name, pid } of stage.servers) meter.watch(name, pid)
  const progress = new Progress(plan.parts, say, (name) => void meter.lap(name))
  const startedMs = Date.now()
  const failure = new AbortController()
  const either = AbortSignal.any([signal, failure.signal])
  // Each process listens for it.
  setMaxListeners(0, either)
  const running = Array.from({ length: plan.processes }, async (_, offset) => {
    const index = offset + 1
    const { exitCode, summary, journal } = await runK6({
      k6,
      index,
      plan,
      scenario: options.scenario,
      settings: settingsFor(options, plan, stage, conductor.url),
      scratchDir: stage.scratchDir,
      signal: either,
      onStart: (pid) => meter.watch(`k6 ${index}`, pid),
      onEntry: (entry) => {
        progress.add(entry)
        if (entry.kind === 'phase' && entry.name === 'hold') void meter.markIdle()
      },
      onLine: (line) => {
        if (line !== EXPECTED_NOISE) say(line)
      },
    })
    return { isOk: exitCode === 0, summary, journal }
  })
  // One process that fails leaves the others nothing to do; all of them must have ended before this returns.
  const crashes = stage.servers.map(({ crash }) => crash)
  for (const work of [...running, ...crashes]) work.catch((error: unknown) => failure.abort(error))
  await Promise.allSettled(running)
  const results = await Promise.all(running)
  return toOutcome(
    {
      scenario: options.scenario,
      profile: options.profile,
      targets: stage.targets,
      store: stage.store,
      startedAt: new Date(startedMs).toISOString(),
      tookMs: Date.now() - startedMs,
      machine: { cpus: cpus().length, memoryBytes: totalmem(), system: `${type()} ${release()}` },
      spread: { streams: plan.streams, processes: plan.processes, parts: plan.parts },
      usage: meter.usage(),
      laps: meter.laps,
    },
    results,
  )
}

function settingsFor(
  options: LoadOptions,
  plan: Plan,
  stage: Stage,
  conductor: string,
): Readonly<Record<string, string>> {
  return {
    PROFILE: options.profile,
    STREAMS: String(plan.streams),
    ROUNDS: String(options.rounds ?? PROFILES[options.profile].rounds),
    TRANSPORT: options.transport,
    TARGET: stage.targets.join(','),
    STORE: stage.store,
    STORE_LOGIN: options.login,
    PARTS: String(plan.parts),
    PARTS_HERE: String(plan.parts / plan.processes),
    CONDUCTOR: conductor,
    METRICS: (options.metrics === undefined ? stage.metrics : [options.metrics]).join(','),
    CLIENTS_GAUGE: options.clientsGauge,
    ...(stage.longPoll !== undefined && { LONG_POLL: stage.longPoll }),
    PATIENCE_MS: String(options.patienceMs),
    MAX_DURATION_S: String(options.timeoutMs / 1000),
    UPSTREAMS: options.upstreams === undefined ? 'any' : String(options.upstreams),
  }
}
