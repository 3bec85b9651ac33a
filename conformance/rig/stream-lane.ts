import { setMaxListeners } from 'node:events'

import type { Check } from '../runner/check.ts'
import type { Lane, Outcome } from '../runner/lane.ts'
import type { RunningTarget, TargetDriver, TargetExit, Variant } from '../runner/target.ts'
import { Finding } from '../runner/outcome/verdict.ts'
import { renderTranscript, Transcript } from '../wire/transcript.ts'
import { Activity } from './activity.ts'
import { awaitConnection, isAccepting, TargetGone } from './await-connection.ts'
import { Backend } from './backend.ts'
import type { Calibration } from './assertions.ts'
import { exitFinding, ExitWatch } from './finding/exit-watch.ts'
import { Rig } from './rig.ts'
import { TargetControl } from './target-control.ts'

/** Credentials and headers for the first back end. Checks assert that the target sends them. */
export const FIRST_BACKEND = {
  credentials: { username: 'SSE-Reader', password: 'p:a ss,w' },
  httpHeaders: { Host: 'newsroom.example.org', 'X-Conformance': 'override; a=1' },
} as const

interface Running {
  readonly variant: Variant | undefined
  readonly target: RunningTarget
  readonly backends: readonly [Backend, ...Backend[]]
}

export interface StreamLaneOptions {
  readonly driver: TargetDriver
  /** Shared by all lanes of a run. */
  readonly calibration: Calibration
  /** The target exited after the check with this id, and before the next one. */
  readonly onLateExit?: ((exit: TargetExit, afterId: string) => void) | undefined
}

/**
 * Two of our back ends and a target configured with them. Checks run one after another. A target
 * that failed a check is replaced.
 */
export class StreamLane implements Lane<Rig> {
  readonly #options: StreamLaneOptions
  readonly #activity = new Activity()
  readonly #exits = new ExitWatch((exit) => this.#activity.fail(exitFinding(exit)))
  #transcript = new Transcript(() => performance.now())
  #running: Running | undefined
  #previousId: string | undefined
  /** A target that the suite did not start has been reached. */
  #reached = false
  /** That target is gone: no further check waits for it. */
  #gone: Finding | undefined

  constructor(options: StreamLaneOptions) {
    this.#options = options
  }

  async run(check: Check<Rig>, signal: AbortSignal): Promise<Outcome> {
    // Each wait of the check adds an abort listener.
    setMaxListeners(0, signal)
    if (this.#gone !== undefined) return { error: this.#gone, transcript: [] }
    if (this.#exits.pending || check.freshTarget || this.#running?.variant !== check.variant)
      await this.close()
    const previousId = this.#running === undefined ? undefined : this.#previousId
    this.#previousId = check.id
    const first = await this.#attempt(check, signal)
    if (first.exit === undefined || previousId === undefined) return first.outcome
    // The check before may have caused the exit: only a check that repeats it on a new target is to
    // blame.
    const second = await this.#attempt(check, signal)
    if (second.exit === undefined)
      this.#options.onLateExit?.(first.exit, `${previousId} or during ${check.id}`)
    return second.outcome
  }

  async close(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    const exit = this.#exits.take()
    if (exit !== undefined) this.#options.onLateExit?.(exit, this.#previousId ?? 'its start')
    await running?.target.close()
    await Promise.all(running?.backends.map((backend) => backend.origin.close()) ?? [])
  }

  /** Runs a check once. `exit`: its target exited meanwhile. */
  async #attempt(
    check: Check<Rig>,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: Outcome; readonly exit?: TargetExit | undefined }> {
    this.#transcript = new Transcript(() => performance.now())
    const transcript = this.#transcript
    this.#activity.clearFault()
    let rig: Rig | undefined
    let spoiled = true
    try {
      rig = await this.#rig(check.variant, signal, transcript)
      const value = await check.run(rig)
      spoiled = check.freshTarget
      return { outcome: { value, transcript: [] } }
    } catch (error) {
      const explained = error instanceof Finding ? (rig?.explain(error) ?? error) : error
      const exit = rig === undefined ? undefined : await this.#exits.takeSoon()
      const reason = exit === undefined ? await this.#orGone(explained) : exitFinding(exit)
      return { outcome: { error: reason, transcript: renderTranscript(transcript) }, exit }
    } finally {
      await rig?.close()
      if (spoiled) await this.close()
    }
  }

  /**
   * The finding of a check after which nothing accepts connections, if the suite cannot see the
   * process.
   */
  async #orGone(error: unknown): Promise<unknown> {
    const { target } = this.#running ?? {}
    const isForeign = this.#options.driver.connectWithinMs !== undefined
    if (!isForeign || target === undefined || (await isAccepting(target.frontUrl))) return error
    const found = error instanceof Finding ? `; before that: ${error.message}` : ''
    return new Finding('broken', `${new TargetGone(target.frontUrl).message}${found}`, 'gone')
  }

  async #rig(
    variant: Variant | undefined,
    signal: AbortSignal,
    transcript: Transcript,
  ): Promise<Rig> {
    const running = (this.#running ??= await this.#start(variant))
    const { driver, calibration } = this.#options
    const { role, claims, frontPath = '' } = driver
    const target = new TargetControl({
      driver,
      target: running.target,
      spare: running.backends[1]?.settings,
      onStart: (other) => this.#exits.add(other),
      startAgain: async () => {
        const again = await this.#startTarget(running.backends, variant)
        this.#running = { ...running, target: again }
        return again
      },
    })
    return new Rig({
      role,
      claims: variant === undefined ? claims : { ...claims, ...claims.variants?.[variant] },
      frontPath,
      target,
      trust: driver.trust,
      backends: running.backends,
      activity: this.#activity,
      transcript,
      calibration,
      signal,
    })
  }

  async #start(variant: Variant | undefined): Promise<Running> {
    const { role, claims } = this.#options.driver
    const single = role === 'gateway' || claims.backends === 1
    const backends: readonly [Backend, ...Backend[]] = single
      ? [this.#backend('A', 0)]
      : [this.#backend('A', 0), this.#backend('B', 1)]
    try {
      for (const backend of backends) await backend.origin.listen()
      return { variant, target: await this.#startTarget(backends, variant), backends }
    } catch (error) {
      await Promise.all(backends.map((backend) => backend.origin.close()))
      const isGone = error instanceof TargetGone
      const fault = new Finding('inconclusive', startFault(error), isGone ? 'gone' : undefined)
      if (isGone) this.#gone = fault
      throw fault
    }
  }

  async #startTarget(
    backends: readonly Backend[],
    variant: Variant | undefined,
  ): Promise<RunningTarget> {
    const { driver } = this.#options
    const target = await driver.start({
      role: driver.role,
      backends: backends.map(({ settings }) => settings),
      variant,
    })
    this.#exits.add(target)
    const reachedBefore = this.#reached
    await awaitConnection({ driver, target, backends, activity: this.#activity, reachedBefore })
    this.#reached = true
    return target
  }

  #backend(name: string, index: number): Backend {
    const { driver } = this.#options
    const gateway = driver.role === 'gateway'
    return new Backend({
      name,
      port: driver.originPorts?.[index],
      path: gateway ? '' : `/stream/${name.toLowerCase()}`,
      settings: gateway || index > 0 ? undefined : FIRST_BACKEND,
      answersAtOnce: !gateway,
      onChange: () => this.#activity.changed(),
      onFault: (error) => this.#activity.fail(error),
      record: (socket, what, bytes) => this.#transcript.add('origin', socket, what, bytes),
    })
  }
}

function startFault(error: unknown): string {
  if (!(error instanceof Error)) return `the target did not start: ${String(error)}`
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number }
  if (code === 'EADDRINUSE')
    return `port ${port}, where a back end of the suite listens, is taken by another program: end that program (another run of the suite?), or choose other ports with --backend-port PORT or external.originPorts`
  return error.message
}
