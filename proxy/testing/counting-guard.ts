import { BoundaryGuard } from '../boundary-guard.ts'
import { eventually } from './deadline.ts'

/** Counts the work that has ended, so that a test can wait until a timer has done its work. */
export class CountingGuard extends BoundaryGuard {
  #ended = 0

  constructor() {
    super({ log: () => undefined, nowMs: () => 0 })
  }

  override run(...work: Parameters<BoundaryGuard['run']>): void {
    super.run(...work)
    this.#ended += 1
  }

  /** Settles when work that begins after this call has ended. */
  async ranAgain(): Promise<void> {
    const before = this.#ended
    await eventually('the timer has run', () => this.#ended > before)
  }
}
