import { Finding } from '../runner/outcome/verdict.ts'
import type {
  BackendSettings,
  FileOutcome,
  FileStart,
  RunningTarget,
  TargetDriver,
} from '../runner/target.ts'

export interface TargetControlOptions {
  readonly driver: TargetDriver
  readonly target: RunningTarget
  /** Starts a target with the same settings and the same back ends. */
  readonly startAgain: () => Promise<RunningTarget>
  /** The back end that a target whose command names two reads besides the one of a check. */
  readonly spare?: BackendSettings | undefined
  /** Called with every other target that a check starts. */
  readonly onStart: (other: RunningTarget) => void
}

/**
 * Start and stop of targets, for checks. Only targets that the suite starts can be stopped,
 * restarted or started twice.
 */
export class TargetControl {
  readonly #options: TargetControlOptions
  readonly #others: RunningTarget[] = []
  #target: RunningTarget

  constructor(options: TargetControlOptions) {
    this.#options = options
    this.#target = options.target
  }

  /** The target that runs now. */
  get running(): RunningTarget {
    return this.#target
  }

  /** Whether a check can start another target. */
  get canStart(): boolean {
    return this.#options.driver.originPorts === undefined
  }

  /** Whether a check has started another target. */
  get hasOthers(): boolean {
    return this.#others.length > 0
  }

  /** Stops the target as its operator would. Resolves when it has exited. */
  async stop(): Promise<void> {
    this.#expectOurs()
    await this.#target.close()
  }

  /** Restarts the target with the same back ends. */
  async restart(): Promise<void> {
    await this.stop()
    this.#target = await this.#options.startAgain()
  }

  /** Starts another target of the same kind with other back ends. It is closed with the check. */
  async startAnother(backends: readonly BackendSettings[]): Promise<RunningTarget> {
    this.#expectOurs()
    const { driver, spare } = this.#options
    const missing = backends.length < (driver.leastBackends ?? 1) && spare !== undefined
    const all = missing ? [...backends, spare] : backends
    const started = driver.start({ role: driver.role, backends: all }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Finding('inconclusive', `a second instance of the target did not start: ${reason}`)
    })
    return this.#keep(await started)
  }

  /** Starts another target with a configuration file of the check. It is closed with the check. */
  async startWithFile(file: FileStart): Promise<FileOutcome> {
    const { driver } = this.#options
    if (driver.startWithFile === undefined) {
      throw new Finding('inapplicable', 'the suite cannot write a file for this target')
    }
    const outcome = await driver.startWithFile(file)
    if (outcome.kind === 'running') this.#keep(outcome.target)
    return outcome
  }

  /** Kills one of the processes that serve clients. */
  async killWorker(): Promise<void> {
    if (this.#target.killWorker === undefined) {
      throw new Finding('inapplicable', 'the processes of this target cannot be reached')
    }
    await this.#target.killWorker()
  }

  async close(): Promise<void> {
    await Promise.all(this.#others.map((other) => other.close()))
  }

  #keep(other: RunningTarget): RunningTarget {
    this.#others.push(other)
    this.#options.onStart(other)
    return other
  }

  #expectOurs(): void {
    if (this.canStart) return
    throw new Finding(
      'inapplicable',
      'only a target that the suite starts can be stopped or started by it',
    )
  }
}
