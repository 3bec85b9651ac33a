import { Deadline } from '../deadline.ts'

export interface ProbesOptions {
  /** Asks the back end for a sign of life, and calls back when it has answered. */
  readonly ask: (onAnswer: () => void) => void
  /** Silence after which it is asked. */
  readonly silenceMs: number
  /** Time limit for its answer. */
  readonly answerMs: number
  readonly nowMs: () => number
  /** Runs work whose exception costs this connection only. */
  readonly guarded: (work: () => void) => void
  readonly onNoAnswer: () => void
}

/**
 * Asks a silent back end whether it is still there, one question at a time. Owns a timer until
 * `clear`.
 */
export class Probes {
  readonly #options: ProbesOptions
  #deadline: Deadline | undefined
  #isAsking = false

  constructor(options: ProbesOptions) {
    this.#options = options
    this.#wait()
  }

  /** Bytes came: they are an answer, too. */
  heard(): void {
    if (this.#isAsking) this.#wait()
    else this.#deadline?.refresh()
  }

  clear(): void {
    this.#deadline?.clear()
    this.#deadline = undefined
    this.#isAsking = false
  }

  #wait(): void {
    this.#isAsking = false
    this.#start(this.#options.silenceMs, () => this.#ask())
  }

  #ask(): void {
    const { ask, answerMs, onNoAnswer } = this.#options
    const asked = this.#start(answerMs, onNoAnswer)
    this.#isAsking = true
    // An answer that comes after other bytes belongs to a question that is over.
    ask(() => {
      if (this.#deadline === asked) this.#wait()
    })
  }

  #start(ms: number, onOver: () => void): Deadline {
    const { nowMs, guarded } = this.#options
    this.#deadline?.clear()
    this.#deadline = new Deadline(ms, nowMs, () => guarded(onOver))
    return this.#deadline
  }
}
