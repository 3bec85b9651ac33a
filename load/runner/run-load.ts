import { setMaxListeners } from 'node:events'
import { cpus, release, totalmem, type } from 'node:os'

import { type BarrierServer, startBarrierServer } from '../barrier/barrier-server.ts'
import { LoadError } from '../errors.ts'
import { variableOf } from '../lib/settings/setting.ts'
import { NO_STORE, profileOf, SCRIPT_SETTINGS } from '../lib/settings/settings.ts'
import { abortAfter } from '../process/abort-after.ts'
import { existingK6, findK6 } from '../process/k6-binary.ts'
import { UsageMeter } from '../process/usage.ts'
import {
  compareRuns,
  comparisonChecks,
  comparisonTable,
} from '../report/comparison/compare-runs.ts'
import { type EarlierRun, readEarlierRun } from '../report/comparison/earlier-run.ts'
import { type Outcome, toOutcome } from '../report/outcome.ts'
import { createReportFolder, writeReports } from '../report/write-reports.ts'
import type { LoadOptions } from './command-line.ts'
import { editWhileListening, judgeListening } from './edits/listening.ts'
import { type Environment, startEnvironment } from './environment.ts'
import { readHostLimits } from './host-limits.ts'
import { withheldVariables } from './k6-environment.ts'
import { runK6 } from './k6-run.ts'
import { requireLocal } from './local-addresses.ts'
import { type Plan, planRun } from './plan.ts'
import { findShortages, findWarnings } from './preflight.ts'
import { Progress } from './progress.ts'
import { type Scenario, SCENARIOS } from './scenarios.ts'
import { counted } from '../report/counted.ts'

/**
 * k6 prints this line for each timed-out request, which `protocol` and `replay` expect. Their
 * checks judge these requests.
 */
const EXPECTED_NOISE = 'Request Failed'

type Log = (line: string) => void

/**
 * Runs one scenario against a store and a proxy, writes the reports, and returns the outcome.
 * `onActivity` is called with what the run does now.
 */
export async function runLoad(
  options: LoadOptions,
  signal: AbortSignal,
  log: Log,
  onActivity: (activity: string) => void = () => {},
): Promise<Outcome> {
  const logStep: Log = (line) => {
    if (!options.isQuiet) log(line)
  }
  const scenario = SCENARIOS[options.scenario]
  const plan = await checkedPlan(options, scenario, log)
  for (const name of withheldVariables(process.env)) {
    log(`note: ${name} is kept from k6, because it would change the run`)
  }
  const { scenario: name, profile } = options
  // Before this run replaces its report, which may be that file.
  const earlier =
    options.compare === undefined
      ? undefined
      : await readEarlierRun(options.compare, { scenario: name, profile, streams: plan.streams })
  await createReportFolder(options.reportDir)
  const k6Options = {
    path: options.k6,
    needsExtension: scenario.isForStockK6 !== true,
    onUnusable: (reason: string) => log(`note: ${reason}`),
    onBuild: () => {
      onActivity('building k6')
      logStep('building k6 with the extension of load/k6: a minute or two, once')
    },
    onBuildLine: (line: string) => onActivity(`building k6, ${line}`),
    signal,
  }
  // A k6 that cannot run is reported before anything is started, and an unreachable target before a
  // build of minutes.
  const existing = await existingK6(k6Options)
  onActivity('starting the servers')
  await using environment = await startEnvironment({
    ...options,
    proxies: plan.proxies,
    workers: plan.workers,
    backEnd: scenario.backEnd,
    startsLongPoll: scenario.longPoll ?? false,
    signal,
    log,
  })
  const k6 = existing ?? (await findK6(k6Options))
  const { targets, store } = environment
  const through = store === NO_STORE ? 'listening' : `changes through ${store}`
  const from = targets.join(', ')
  logStep(`${counted(plan.streams, 'stream')} in ${plan.processes} k6 from ${from}, ${through}`)
  // A build does not count towards the run's duration or time limit.
  using limit = abortAfter(options.timeoutMs, `${options.scenario} (--timeout)`)
  const either = AbortSignal.any([signal, limit.signal])
  onActivity('k6 is running')
  const output = { log, onActivity }
  const measured = await measure(options, plan, environment, k6, either, output)
  const outcome = earlier === undefined ? measured : withComparison(measured, earlier, log)
  for (const path of await writeReports(outcome, options.reportDir)) log(`report: ${path}`)
  return outcome
}

/** The outcome with a check for each figure that can be judged. */
function withComparison(outcome: Outcome, earlier: EarlierRun, log: Log): Outcome {
  if (!earlier.isOk) log('note: the earlier run has failed')
  if (JSON.stringify(earlier.machine) !== JSON.stringify(outcome.machine)) {
    log('note: the earlier run was on another machine, whose difference no run can measure')
  }
  const comparisons = compareRuns(earlier, outcome.figures)
  for (const line of comparisonTable(comparisons)) log(line)
  const checks = comparisonChecks(comparisons)
  const isOk = outcome.isOk && checks.every((check) => check.isOk)
  return { ...outcome, isOk, checks: [...outcome.checks, ...checks] }
}

async function checkedPlan(
  options: LoadOptions,
  { share = 1, proxies = 1 }: Scenario,
  log: Log,
): Promise<Plan> {
  const limits = await readHostLimits()
  const { targets, processes, localIps } = options
  const streams = options.streams ?? Math.ceil(profileOf(options).streams * share)
  const plan = planRun(
    {
      streams,
      processes,
      localIps,
      startsProxy: targets === undefined,
      proxies,
      isLoopback: (targets ?? []).every(isLoopback),
    },
    limits,
  )
  const shortages = findShortages(plan, limits)
  if (shortages.length > 0) throw new LoadError('cannot-start', shortages.join('\n'))
  await requireLocal(plan.addresses)
  for (const warning of findWarnings(plan, limits)) log(`note: ${warning}`)
  return plan
}

function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return host === 'localhost' || host.startsWith('127.')
}

async function measure(
  options: LoadOptions,
  plan: Plan,
  environment: Environment,
  k6: string,
  signal: AbortSignal,
  { log, onActivity }: { readonly log: Log; readonly onActivity: (activity: string) => void },
): Promise<Outcome> {
  const isListening = SCENARIOS[options.scenario].backEnd === 'none'
  const parties = plan.shards + (isListening ? 1 : 0)
  await using barriers = await startBarrierServer({ shards: parties })
  using meter = new UsageMeter()
  for (const { name, pid } of environment.servers) meter.watch(name, pid)
  const progress = new Progress({
    shards: plan.shards,
    isQuiet: options.isQuiet,
    log,
    onActivity,
    onPhase: (name) => void meter.endPhase(name),
  })
  const startedMs = Date.now()
  const failure = new AbortController()
  const either = AbortSignal.any([signal, failure.signal])
  // Each k6 process adds a listener.
  setMaxListeners(0, either)
  const running = Array.from({ length: plan.processes }, async (_, offset) => {
    const index = offset + 1
    const { exitCode, summary, journal } = await runK6({
      k6,
      index,
      plan,
      script: SCENARIOS[options.scenario].script ?? options.scenario,
      variables: variablesFor(options, plan, environment, barriers),
      flags: options.k6Flags,
      scratchDir: environment.scratchDir,
      signal: either,
      onStart: (pid) => meter.watch(`k6 ${index}`, pid),
      onEntry: (entry) => {
        progress.add(entry)
        if (entry.kind === 'phase' && entry.name === 'hold') void meter.markIdle()
      },
      onLine: (line) => {
        if (line !== EXPECTED_NOISE) log(line)
      },
    })
    return { isOk: exitCode === 0, summary, journal }
  })
  const editing = isListening
    ? editWhileListening(options, plan, barriers, either)
    : Promise.resolve(undefined)
  // When a shard has left the run, its fault is the reason to report.
  const edits = editing.catch(() => undefined)
  // When one process fails, the others are stopped. All have exited when this returns.
  const crashes = environment.servers.map(({ crash }) => crash)
  for (const work of [...running, ...crashes]) work.catch((error: unknown) => failure.abort(error))
  await Promise.allSettled(running)
  const results = await Promise.all(running)
  if (isListening) {
    const journal = results.flatMap((result) => result.journal)
    const judged = judgeListening(journal, await edits, options.patienceMs)
    for (const entry of judged) progress.add(entry)
    const isOk = judged.every((entry) => entry.kind !== 'check' || entry.isOk)
    results.push({ isOk, summary: { metrics: {} }, journal: judged })
  }
  return toOutcome(
    {
      scenario: options.scenario,
      profile: options.profile,
      targets: environment.targets,
      store: environment.store,
      startedAt: new Date(startedMs).toISOString(),
      tookMs: Date.now() - startedMs,
      machine: { cpus: cpus().length, memoryBytes: totalmem(), system: `${type()} ${release()}` },
      spread: { streams: plan.streams, processes: plan.processes, shards: plan.shards },
      usage: meter.usage(),
      cpuByPhase: meter.cpuByPhase,
    },
    results,
  )
}

/** The user's script settings, and the values of the runner. */
function variablesFor(
  options: LoadOptions,
  plan: Plan,
  { targets, store, metrics, longPoll }: Environment,
  barriers: BarrierServer,
): Readonly<Record<string, string>> {
  const found: Partial<Record<keyof typeof SCRIPT_SETTINGS, string>> = {
    streams: String(plan.streams),
    targets: targets.join(','),
    store,
    shards: String(plan.shards),
    shardsInProcess: String(plan.shards / plan.processes),
    barrier: barriers.url,
    timeoutMs: String(options.timeoutMs / 1000),
    login: options.login,
    ...(options.metrics.length === 0 && metrics.length > 0 && { metrics: metrics.join(',') }),
    ...(longPoll !== undefined && { longPoll }),
  }
  return { ...options.variables, ...scriptVariables(found) }
}

/** Converts texts of settings, keyed by name, to variables of a script. */
export function scriptVariables(
  texts: Partial<Record<keyof typeof SCRIPT_SETTINGS, string>>,
): Readonly<Record<string, string>> {
  const named: Readonly<Record<string, { readonly name: string }>> = SCRIPT_SETTINGS
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [variableOf(named[key]?.name ?? key), text]),
  )
}
