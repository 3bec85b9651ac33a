import type { BoundaryGuard } from '../boundary-guard.ts'
import type { LogHead } from './engine.ts'

export interface EngineCallsOptions {
  readonly guard: Pick<BoundaryGuard, 'run'>
  /** Monotonic. It stops while the process is stopped. */
  readonly runningMs: () => number
  /** A call has failed; also while the engine is away. */
  readonly onFailure: (error: unknown) => void
}

/** Handles the answers of an engine. */
export class EngineCalls {
  readonly #options: EngineCallsOptions
  #answeredMs: number
  #generation = 0
  #asked = 0
  /** The process that answers, and the latest question that it has answered. */
  #run = ''
  #runAsked = 0
  #isClosed = false

  constructor(options: EngineCallsOptions) {
    this.#options = options
    this.#answeredMs = options.runningMs()
  }

  /** How long the engine has not answered. */
  get silenceMs(): number {
    return this.#options.runningMs() - this.#answeredMs
  }

  /** Calls either function, but neither after `close`. */
  readonly ask = <Reply>(
    call: Promise<Reply>,
    onReply: (reply: Reply) => void,
    onFailure: () => void = ignore,
  ): void => {
    const generation = this.#generation
    const answer = (reply: Reply): void => {
      this.#answeredMs = this.#options.runningMs()
      if (generation === this.#generation) onReply(reply)
      else onFailure()
    }
    const guarded = (work: () => void): void => {
      if (!this.#isClosed) this.#options.guard.run('back-end', work)
    }
    void call.then(
      (reply) => guarded(() => answer(reply)),
      (error: unknown) =>
        guarded(() => {
          this.#options.onFailure(error)
          onFailure()
        }),
    )
  }

  /** Like `ask`. The answer of a process that another one has replaced counts as a failure. */
  readonly askLog = <Reply extends { readonly head: LogHead }>(
    call: Promise<Reply>,
    onReply: (reply: Reply) => void,
    onFailure: () => void = ignore,
  ): void => {
    this.#asked += 1
    const asked = this.#asked
    const check = (reply: Reply): void => {
      const isOld = reply.head.run !== this.#run && asked < this.#runAsked
      if (isOld) {
        onFailure()
        return
      }
      this.#run = reply.head.run
      this.#runAsked = Math.max(this.#runAsked, asked)
      onReply(reply)
    }
    this.ask(call, check, onFailure)
  }

  /** Answers to earlier questions count as failures: they are about a log that was given up. */
  startOver(): void {
    this.#generation += 1
  }

  close(): void {
    this.#isClosed = true
  }
}

function ignore(): void {}
