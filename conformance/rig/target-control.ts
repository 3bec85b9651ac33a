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
  /** Starts a target of the same settings in front of the same back ends. */
  readonly startAgain: () => Promise<RunningTarget>
}

/** What a check may do to the target itself. Only targets that the suite started can be stopped, restarted or started twice. */
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

  /** Stops the target as its operator would; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#expectOurs()
    await this.#target.close()
  }

  /** Stops the target and starts it anew in front of the same back ends. */
  async restart(): Promise<void> {
    await this.stop()
    this.#target = await this.#options.startAgain()
  }

  /** One more target of the same kind, which reads from somewhere else; closed with the check. */
  async startAnother(backends: readonly BackendSettings[]): Promise<RunningTarget> {
    this.#expectOurs()
    const { driver } = this.#options
    return this.#keep(await driver.start({ role: driver.role, backends }))
  }

  /** One more target, configured by a file of the check's; closed with the check. */
  async startWithFile(file: FileStart): Promise<FileOutcome> {
    const { driver } = this.#options
    if (driver.startWithFile === undefined) {
      throw new Finding('inapplicable', 'the suite cannot write a file for this target')
    }
    const outcome = await driver.startWithFile(file)
    if (outcome.kind === 'running') this.#keep(outcome.target)
    return outcome
  }

  /** Ends one of the processes that serve clients, without a warning. */
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
    return other
  }

  #expectOurs(): void {
    if (this.#options.driver.originPorts === undefined) return
    throw new Finding(
      'inapplicable',
      'only a target that the suite starts can be stopped or started by it',
    )
  }
}
