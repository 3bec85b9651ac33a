import type { Socket } from 'node:net'

import { z } from 'zod'

import { MockServerError, notFound } from '../errors.ts'
import type { Login } from '../knobs/server.ts'
import type { ScenarioResult, ScenarioRun } from './scenario-run.ts'
import type { SessionRecorder } from './session-recorder.ts'
import { StepGate } from './step-gate.ts'
import { scenarioPath, shippedScenarios } from './shipped-scenarios.ts'

/** Runs that are listed; older ones are forgotten. */
const MAX_RUNS = 20

const count = z.int().min(0)

/** A run, and its result once it has ended. */
export const RUN_REPORT = z.strictObject({
  id: z.int().min(1),
  name: z.string(),
  state: z.enum(['running', 'paused', 'passed', 'failed']),
  /** `FILE:LINE:COLUMN` of the step that is or was run last; of a paused run, of the next one. */
  at: z.string(),
  /** What the next step of a paused run does. */
  next: z.string().optional(),
  steps: count,
  /** Why it failed. */
  message: z.string().optional(),
  result: z
    .strictObject({
      seed: count,
      edits: count,
      ms: count,
      clients: z.array(
        z.strictObject({ events: count, polls: count, failedPolls: count, reconnects: count }),
      ),
    })
    .optional(),
})

/** What is wrong with a scenario. */
export const SCENARIO_CHECK = z.strictObject({
  mistakes: z.array(
    z.strictObject({
      line: z.int().min(1),
      column: z.int().min(1),
      /** Names and indices with dots between them; '' for the whole file. */
      path: z.string(),
      message: z.string(),
    }),
  ),
})

export type RunReport = Readonly<z.output<typeof RUN_REPORT>>

/** A scenario: the text of a file, or the name of a shipped one. */
export interface ScenarioRequest {
  readonly text?: string | undefined
  readonly shipped?: string | undefined
  /** Whether it is paused before each step, until `step` or `resume`. Default false. */
  readonly step?: boolean | undefined
  /** Scheme, host, port, and the path prefix of the space: `store.url`. */
  readonly url: string
}

interface Started {
  readonly id: number
  readonly run: ScenarioRun
  readonly gate: StepGate
  readonly name: string
  readonly stop: AbortController
  readonly ended: Promise<void>
  result?: ScenarioResult
}

/** The scenarios that run inside a store, against itself: one at a time. */
export class ScenarioRuns {
  readonly recording: SessionRecorder
  readonly #login: Login
  readonly #runs = new Map<number, Started>()
  #lastId = 0
  #isStarting = false

  constructor(recording: SessionRecorder, login: Login) {
    this.recording = recording
    this.#login = login
  }

  /** The latest runs, oldest first, and the names of the shipped scenarios. */
  list(): { readonly runs: readonly RunReport[]; readonly shipped: readonly string[] } {
    return { runs: Array.from(this.#runs.values(), report), shipped: shippedScenarios() }
  }

  get(id: number): RunReport {
    return report(this.#started(id))
  }

  /** The report of a run in the format of JUnit. Waits until the run has ended. */
  async junit(id: number): Promise<string> {
    const started = this.#started(id)
    await started.ended
    const { writeJunit } = await import('./junit.ts')
    return writeJunit(started.result === undefined ? [] : [started.result])
  }

  /** What is wrong with the text of a scenario; it is not run. */
  async check(text: string): Promise<z.output<typeof SCENARIO_CHECK>> {
    const { mistakesOf } = await import('./read-scenario.ts')
    return { mistakes: [...mistakesOf(text)] }
  }

  /**
   * Starts a scenario, and does not wait for its end; with `step` it waits for the first pause.
   * Throws `bad-request` with every mistake of the file, and `limit-reached` while another one runs.
   */
  async start(request: ScenarioRequest): Promise<RunReport> {
    if (this.#isStarting || Array.from(this.#runs.values()).some(isRunning)) {
      const message = 'runningScenarios: one scenario runs at a time; stop it, or wait for its end'
      throw new MockServerError('limit-reached', message, { limit: 'runningScenarios' })
    }
    this.#isStarting = true
    try {
      return await this.#start(request)
    } finally {
      this.#isStarting = false
    }
  }

  /**
   * Where a space of the store is reached: the address at which a request arrived, and the path of
   * the space. The request's `Host` is not used, because a client may write anything into it.
   */
  urlOf(socket: Pick<Socket, 'localAddress' | 'localPort'>, spacePath: string): string {
    const address = (socket.localAddress ?? '127.0.0.1').replace('::ffff:', '')
    const host = address.includes(':') ? `[${address}]` : address
    return `http://${host}:${socket.localPort}${spacePath}`
  }

  /** Runs the next step of a paused run, and resolves when it is paused again or has ended. */
  async step(id: number): Promise<RunReport> {
    const started = this.#started(id)
    started.gate.step()
    return pausedOrEnded(started)
  }

  /** Runs the other steps of a paused run without a pause, and does not wait for its end. */
  resume(id: number): RunReport {
    const started = this.#started(id)
    started.gate.open()
    return report(started)
  }

  /** Stops a run, and resolves when it has ended. Does nothing to one that has ended. */
  async stop(id: number): Promise<RunReport> {
    const started = this.#started(id)
    started.stop.abort(new MockServerError('timed-out', 'the scenario was stopped'))
    await started.ended
    return report(started)
  }

  /** Stops every run, with this reason. */
  close(reason: string): void {
    const closing = new MockServerError('shutting-down', reason)
    for (const { stop } of this.#runs.values()) stop.abort(closing)
  }

  async #start({ text, shipped, step = false, url }: ScenarioRequest): Promise<RunReport> {
    // A store that runs no scenario does not load what runs them.
    const { parseScenario, readScenario } = await import('./read-scenario.ts')
    const { ScenarioRun } = await import('./scenario-run.ts')
    if ((text === undefined || text === '') === (shipped === undefined))
      throw new MockServerError('bad-request', 'expected a scenario, or the name of a shipped one')
    if (shipped !== undefined && !shippedScenarios().includes(shipped))
      throw notFound(`shipped scenario "${shipped}"; there are ${shippedScenarios().join(', ')}`)
    const file = asBadRequest(() =>
      shipped === undefined
        ? parseScenario(text ?? '', 'scenario')
        : readScenario(scenarioPath(shipped)),
    )
    const stop = new AbortController()
    const { signal } = stop
    const gate = new StepGate(!step)
    const beforeStep = (kind: string) => gate.hold(kind, signal)
    const run = new ScenarioRun(file, { storeUrl: url, login: this.#login, beforeStep, signal })
    this.#lastId += 1
    const started: Started = {
      id: this.#lastId,
      name: file.name,
      run,
      gate,
      stop,
      ended: run.run().then(
        (result) => void (started.result = result),
        (error: unknown) => void (started.result = failed(file.name, error)),
      ),
    }
    this.#runs.set(started.id, started)
    for (const id of this.#runs.keys()) if (this.#runs.size > MAX_RUNS) this.#runs.delete(id)
    return step ? pausedOrEnded(started) : report(started)
  }

  #started(id: number): Started {
    const started = this.#runs.get(id)
    if (started === undefined) throw notFound(`run ${id} of a scenario`)
    return started
  }
}

async function pausedOrEnded(started: Started): Promise<RunReport> {
  await Promise.race([started.gate.held(), started.ended])
  return report(started)
}

function report({ id, name, run, gate, result }: Started): RunReport {
  const progress = { id, name, ...run.progress }
  const { next } = gate
  if (result === undefined)
    return next === undefined
      ? { ...progress, state: 'running' }
      : { ...progress, state: 'paused', next }
  const { verdict: state, message, seed, edits, ms, clients } = result
  return { ...progress, state, message, result: { seed, edits, ms, clients: [...clients] } }
}

function isRunning({ result }: Started): boolean {
  return result === undefined
}

function failed(name: string, error: unknown): ScenarioResult {
  const message = error instanceof Error ? error.message : String(error)
  return { name, verdict: 'failed', message, seed: 0, edits: 0, ms: 0, clients: [] }
}

/** A mistake in a file is a mistake of the client that sent it. */
function asBadRequest<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MockServerError)) throw error
    throw new MockServerError('bad-request', error.message, { cause: error })
  }
}
