import type { UpgradeCounts } from './messages.ts'

const NONE: UpgradeCounts = { moved: 0, drained: 0, done: 0, refused: 0, failed: 0 }

/** Counts upgrades, over all processes of this proxy. */
export class UpgradeTally {
  readonly #before: () => UpgradeCounts | undefined
  #refused = 0
  #failed = 0

  /** `before` = the counts with which this process began. */
  constructor(before: () => UpgradeCounts | undefined) {
    this.#before = before
  }

  get counts(): UpgradeCounts {
    const before = this.#before() ?? NONE
    return {
      ...before,
      refused: before.refused + this.#refused,
      failed: before.failed + this.#failed,
    }
  }

  countRefused(): void {
    this.#refused += 1
  }

  countFailed(): void {
    this.#failed += 1
  }
}
