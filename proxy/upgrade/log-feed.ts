import type { FrameLog } from '../fanout/frame-log.ts'
import { failed, type SuccessorProcess } from './successor-process.ts'

export interface LogFeedOptions {
  readonly log: FrameLog
  readonly successor: SuccessorProcess
  readonly until: AbortSignal
  readonly nowMs: () => number
}

/**
 * Copies the log to a new process, page by page, and then each frame that is appended. The log
 * itself is the queue: a new process that is too slow fails.
 */
export class LogFeed {
  readonly #options: LogFeedOptions
  readonly #unsubscribe: () => void
  #position: number
  #sending: Promise<void> | undefined
  #error: unknown

  private constructor(options: LogFeedOptions) {
    this.#options = options
    this.#position = options.log.tailPosition
    this.#unsubscribe = options.log.onAppend(() => this.#wake())
  }

  /** Sends where the log begins, and begins to send it. */
  static async start(options: LogFeedOptions): Promise<LogFeed> {
    const { log, successor, until } = options
    const feed = new LogFeed(options)
    const sent = successor.send(
      {
        kind: 'log',
        firstNumber: log.tailNumber,
        firstPosition: log.tailPosition,
        lastId: log.frames === 0 ? log.lastId : undefined,
      },
      until,
    )
    feed.#wake()
    await sent
    return feed
  }

  /** Settles when all frames have been sent. */
  async whole(): Promise<void> {
    while (this.#position < this.#options.log.headPosition || this.#sending !== undefined) {
      this.#wake()
      await this.#sending
      if (this.#error !== undefined) throw this.#error
    }
  }

  close(): void {
    this.#unsubscribe()
  }

  #wake(): void {
    if (this.#error !== undefined) return
    this.#sending ??= this.#sendAll()
      .catch((error: unknown) => {
        this.#error = error
      })
      .finally(() => {
        this.#sending = undefined
      })
  }

  async #sendAll(): Promise<void> {
    const { log, successor, until, nowMs } = this.#options
    while (this.#position < log.headPosition) {
      if (this.#position < log.tailPosition) {
        throw failed('it takes events more slowly than they come')
      }
      const slice = log.read(this.#position)
      const { chunked, ids, urls, timesMs } = slice
      this.#position = slice.nextPosition
      const agesMs = timesMs.map((timeMs) => nowMs() - timeMs)
      await successor.send({ kind: 'frames', chunked, ids, urls, agesMs }, until)
    }
  }
}
