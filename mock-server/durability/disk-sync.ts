import type { AppendFile } from './append-file.ts'

/** When what was written is brought to the disk, so that it survives a power failure. */
export const FSYNC_MODES = ['never', 'interval', 'always'] as const
export type FsyncMode = (typeof FSYNC_MODES)[number]

const INTERVAL_MS = 100

interface Waiting {
  readonly run: () => void
  readonly fail: (error: Error) => void
}

/**
 * Brings what was appended to the disk. With `always`, callers wait until theirs is there, and all
 * that come while the disk is busy share its next turn.
 */
export class DiskSync {
  readonly #mode: FsyncMode
  readonly #onFailure: (error: Error) => void
  #file: AppendFile
  /** Something was written that no turn of the disk covers. */
  #isDirty = false
  #isBusy = false
  /** Those that the current turn covers, then those of the next one. */
  #covered: Waiting[] = []
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #failure: Error | undefined

  /** `onFailure` is called once, when the disk fails: what it holds is then unknown. */
  constructor(mode: FsyncMode, file: AppendFile, onFailure: (error: Error) => void) {
    this.#mode = mode
    this.#file = file
    this.#onFailure = onFailure
  }

  /** Call after each append. */
  written(): void {
    this.#isDirty = true
    if (this.#mode === 'interval') this.#timer ??= setTimeout(() => this.#turn(), INTERVAL_MS)
  }

  /** Calls one of both, in the order of the calls; `run` at once unless it has to wait. */
  whenSafe(run: () => void, fail: (error: Error) => void): void {
    if (this.#mode !== 'always') return run()
    if (this.#failure !== undefined) return fail(this.#failure)
    if (this.#isDirty) {
      this.#waiting.push({ run, fail })
      this.#turn()
    } else if (this.#isBusy) this.#covered.push({ run, fail })
    else run()
  }

  /** Goes on with another file, after a `flush` of the earlier one. */
  moveTo(file: AppendFile): void {
    this.#file = file
  }

  /** Brings everything to the disk now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#mode !== 'never' && (this.#isDirty || this.#isBusy)) this.#file.syncNow()
    this.#isDirty = false
    for (const { run } of this.#takeAll()) run()
  }

  #turn(): void {
    this.#timer = undefined
    if (this.#isBusy || !this.#isDirty) return
    this.#isBusy = true
    this.#isDirty = false
    this.#covered = this.#waiting
    this.#waiting = []
    this.#file.sync((error) => {
      this.#isBusy = false
      if (error === null) this.#finishTurn()
      else this.#giveUp(error)
    })
  }

  #finishTurn(): void {
    const covered = this.#covered
    this.#covered = []
    for (const { run } of covered) run()
    if (this.#waiting.length > 0) this.#turn()
  }

  /** The system reports a failed write once, so a later success would prove nothing. */
  #giveUp(error: Error): void {
    if (this.#failure === undefined) this.#onFailure(error)
    this.#failure = error
    for (const { fail } of this.#takeAll()) fail(error)
  }

  #takeAll(): readonly Waiting[] {
    const all = [...this.#covered, ...this.#waiting]
    this.#covered = []
    this.#waiting = []
    return all
  }
}
