import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { CLOCK_STATE } from '../clock/clock-setting.ts'
import type { Login } from '../knobs/server.ts'
import { MockServerError } from '../errors.ts'
import type { FilePath } from '../located-yaml.ts'
import { millisecondsOf } from './duration.ts'
import { Edits } from './edits.ts'
import { expectAll } from './expectations.ts'
import { ScenarioFailure } from './failure.ts'
import type { LogClientCounts } from './log-client.ts'
import { LogClient } from './log-client.ts'
import type { ScenarioFile } from './read-scenario.ts'
import { sendRequest } from './request-step.ts'
import type { Step } from './scenario-schema.ts'
import { ScenarioTime } from './scenario-time.ts'
import { TimeLimit } from '../time-limit.ts'
import { StoreApi } from './store-api.ts'
import type { Variables } from './variables.ts'
import { withVariables } from './variables.ts'

export interface ScenarioRunOptions {
  /** Scheme, host, port, and the path prefix of a space. */
  readonly storeUrl: string
  readonly login?: Login | undefined
  /** Stream of a proxy in front of the store, at which the clients listen. */
  readonly proxyUrl?: string | undefined
  /** Replaces the seed of the file. */
  readonly seed?: number | undefined
  /** Replace or add to those of the file. */
  readonly variables?: Readonly<Record<string, string | number>> | undefined
  /** Called before each step; the step is run once it has resolved. Default: at once. */
  readonly beforeStep?: ((kind: string) => Promise<void>) | undefined
  /** Stops the run; its reason becomes the message. */
  readonly signal: AbortSignal
}

export interface ScenarioResult {
  readonly name: string
  readonly verdict: 'passed' | 'failed'
  /** `FILE:LINE:COLUMN` of the step that failed, and why. */
  readonly message?: string | undefined
  readonly seed: number
  readonly edits: number
  readonly ms: number
  readonly clients: readonly LogClientCounts[]
}

const CLEAN_UP_MS = 5_000

const info = z.object({ changeId: z.int(), clock: CLOCK_STATE })

/**
 * One run of a scenario against a store. First the store is reset and its clock is frozen, if the
 * file says so; then the clients listen; then the steps are run; then every client must have every
 * change. In the end the faults are removed, and the clock goes as before.
 */
export class ScenarioRun {
  readonly #file: ScenarioFile
  readonly #options: ScenarioRunOptions
  readonly #api: StoreApi
  readonly #edits: Edits
  readonly #seed: number
  readonly #variables: Variables
  readonly #time = new ScenarioTime((ms) => this.#pass(ms))
  readonly #stopClients = new AbortController()
  #clients: readonly LogClient[] = []
  #isFrozen = false
  #since = 0
  #where: FilePath = ['steps']
  #steps = 0

  constructor(file: ScenarioFile, options: ScenarioRunOptions) {
    const { storeUrl: url, login, signal } = options
    this.#file = file
    this.#options = options
    this.#seed = options.seed ?? file.scenario.seed
    this.#api = new StoreApi({ url, login, signal })
    this.#edits = new Edits(this.#api, this.#seed)
    const given = { ...file.scenario.variables, ...options.variables }
    this.#variables = new Map(Object.entries(given))
  }

  /** Where it is: the step, and how many were run. */
  get progress(): { readonly at: string; readonly steps: number } {
    return { at: this.#file.locate(this.#where), steps: this.#steps }
  }

  /** Throws only `unreachable`, when the store does not answer at the start. */
  async run(): Promise<ScenarioResult> {
    const start = performance.now()
    const before = info.parse(await this.#api.call('GET', '/info'))
    const message = await this.#messageOf(async () => {
      await this.#begin()
      await this.#runSteps(this.#file.scenario.steps, ['steps'])
      this.#where = []
      if (this.#clients.length > 0) await this.#expect({ delivered: 'all' })
    })
    const clients = this.#clients.map(({ counts }) => counts)
    this.#stopClients.abort()
    await Promise.all(this.#clients.map((client) => client.stopped()))
    const problem = await this.#messageOf(() => this.#cleanUp(before.clock))
    const failure = message ?? problem
    return {
      name: this.#file.name,
      verdict: failure === undefined ? 'passed' : 'failed',
      message: failure,
      seed: this.#seed,
      edits: this.#edits.count,
      ms: Math.round(performance.now() - start),
      clients,
    }
  }

  async #messageOf(run: () => Promise<void>): Promise<string | undefined> {
    try {
      await run()
      return undefined
    } catch (error) {
      const isKnown = error instanceof ScenarioFailure || error instanceof MockServerError
      const reason = this.#options.signal.aborted ? this.#options.signal.reason : error
      const text = reason instanceof Error ? reason.message : String(reason)
      const shown = isKnown || this.#options.signal.aborted ? text : `internal error: ${text}`
      const what = this.#where.length === 0 ? 'the verdict' : this.#where.join('.')
      return `${this.#file.locate(this.#where)}: ${what}: ${shown}`
    }
  }

  async #begin(): Promise<void> {
    const { reset, clock, clients } = this.#file.scenario
    if (reset) await this.#api.call('POST', '/reset')
    if (clock !== undefined) await this.#api.call('PUT', '/clock', { frozen: true, at: clock })
    const now = info.parse(await this.#api.call('GET', '/info'))
    this.#isFrozen = now.clock.frozen
    this.#since = now.changeId
    const { proxyUrl: streamUrl, signal } = this.#options
    const stop = AbortSignal.any([signal, this.#stopClients.signal])
    const api = this.#api
    this.#clients = await Promise.all(
      Array.from({ length: clients }, () => LogClient.start({ api, streamUrl, signal: stop })),
    )
    if (clients > 0)
      await this.#expect({ streams: { atLeast: streamUrl === undefined ? clients : 1 } })
  }

  async #cleanUp({ frozen, at, offsetMs }: z.output<typeof CLOCK_STATE>): Promise<void> {
    const { storeUrl: url, login } = this.#options
    // Also after the run was stopped.
    using limit = new TimeLimit(CLEAN_UP_MS)
    const api = new StoreApi({ url, login, signal: limit.signal })
    const text = JSON.stringify(this.#file.scenario)
    if (text.includes('"faults"')) await api.call('DELETE', '/faults')
    const isClockUsed = this.#file.scenario.clock !== undefined || text.includes('"clock"')
    if (isClockUsed) await api.call('PUT', '/clock', frozen ? { frozen, at } : { offsetMs })
  }

  async #runSteps(steps: readonly Step[], path: FilePath): Promise<void> {
    for (const [index, step] of steps.entries()) await this.#runStep(step, [...path, index])
  }

  async #runStep(given: Step, path: FilePath): Promise<void> {
    this.#options.signal.throwIfAborted()
    const { repeat, parallel, ...plain } = given
    if (repeat !== undefined) {
      for (let time = 1; time <= repeat.times; time += 1) {
        if (repeat.as !== undefined) this.#variables.set(repeat.as, time)
        await this.#runSteps(repeat.steps, [...path, 'repeat', 'steps'])
      }
    } else if (parallel !== undefined) {
      await this.#time.fork(
        parallel.map((branch, index) => () => this.#runSteps(branch, [...path, 'parallel', index])),
      )
    } else {
      this.#where = path
      await this.#options.beforeStep?.(Object.keys(plain).join(' '))
      this.#steps += 1
      await this.#runPlain(withVariables(plain, this.#variables))
    }
  }

  async #runPlain(step: Step): Promise<void> {
    const [edits, api] = [this.#edits, this.#api]
    if (step.create) {
      const id = await edits.create(step.create)
      if (step.create.as !== undefined) this.#variables.set(step.create.as, id)
    } else if (step.update) await edits.update(step.update)
    else if (step.publish) await edits.publish(step.publish.item)
    else if (step.delete) await edits.delete(step.delete.item)
    else if (step.list) await edits.setList(step.list.id, step.list.items)
    else if (step.bulk) {
      const { over, rate = 1, edits: count } = step.bulk
      const overMs = over === undefined ? (count / rate) * 1_000 : millisecondsOf(over)
      await edits.bulk(step.bulk, (ms) => this.#time.sleep(ms), overMs)
    } else if (step.faults) await api.call('PUT', '/faults', { faults: step.faults })
    else if (step.disconnect) await api.call('DELETE', '/clients')
    else if (step.request) {
      for (const [name, value] of await sendRequest(api, step.request))
        this.#variables.set(name, value)
    } else if (step.clock) await this.#setClock(step.clock)
    else if (step.wait !== undefined) await this.#time.sleep(millisecondsOf(step.wait))
    else if (step.pause !== undefined) await this.#sleepReally(millisecondsOf(step.pause))
    else if (step.mark !== undefined)
      this.#variables.set(step.mark, info.parse(await api.call('GET', '/info')).changeId)
    else if (step.expect) await this.#expect(step.expect)
  }

  async #expect(expectation: NonNullable<Step['expect']>): Promise<void> {
    const { signal } = this.#options
    await expectAll(expectation, {
      api: this.#api,
      clients: this.#clients,
      since: this.#since,
      signal,
    })
  }

  async #setClock({ advance, set }: NonNullable<Step['clock']>): Promise<void> {
    if (set !== undefined)
      this.#isFrozen = CLOCK_STATE.parse(await this.#api.call('PUT', '/clock', set)).frozen
    if (advance !== undefined)
      await this.#api.call('POST', '/clock/advance', { ms: millisecondsOf(advance) })
  }

  async #pass(ms: number): Promise<void> {
    if (this.#isFrozen) await this.#api.call('POST', '/clock/advance', { ms })
    else await this.#sleepReally(ms)
  }

  async #sleepReally(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#options.signal })
  }
}
