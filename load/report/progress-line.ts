import { clearLine, cursorTo } from 'node:readline'

const LIVE_MS = 1_000
/** A log is read later: a line for each second would only make it long. */
const CALM_MS = 15_000
const SECOND_MS = 1_000
/** Width of a terminal that does not tell its own. */
const USUAL_COLUMNS = 80

/** Where progress is shown: standard error, so that standard output has only results. */
export type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly writableLength: number
}

interface ProgressOptions {
  readonly stream: ProgressStream
  /** `NO_COLOR` and `TERM=dumb` ask for plain lines on a terminal too. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Shows nothing. */
  readonly isQuiet: boolean
  /** How far the run is; the time since the start is added. */
  readonly text: () => string
}

/**
 * Shows how far a run is: on a terminal in its last line, every second, elsewhere in a plain line
 * every 15 seconds. Disposal ends it. A pipe that is not read misses lines and does not delay the
 * run.
 */
export class ProgressLine implements Disposable {
  readonly #stream: ProgressStream
  readonly #text: () => string
  readonly #isLive: boolean
  readonly #timer: NodeJS.Timeout | undefined
  readonly #startMs = performance.now()
  #isShown = false

  constructor({ stream, env, isQuiet, text }: ProgressOptions) {
    this.#stream = stream
    this.#text = text
    this.#isLive = stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
    if (isQuiet) return
    this.#timer = setInterval(() => this.#show(), this.#isLive ? LIVE_MS : CALM_MS).unref()
  }

  /** Calls `print`, which writes whole lines to any stream, with the line out of its way. */
  above(print: () => void): void {
    const wasShown = this.#isShown
    this.#clear()
    print()
    if (wasShown) this.#show()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#clear()
  }

  #show(): void {
    const seconds = Math.floor((performance.now() - this.#startMs) / SECOND_MS)
    const line = `… ${this.#text()}, ${seconds} s`
    if (this.#isLive) {
      this.#clear()
      // A line that wraps could not be cleared.
      this.#stream.write(line.slice(0, (this.#stream.columns || USUAL_COLUMNS) - 1))
      this.#isShown = true
    } else if (this.#stream.writableLength === 0) {
      this.#stream.write(`${line}\n`)
    }
  }

  #clear(): void {
    if (!this.#isShown) return
    cursorTo(this.#stream, 0)
    clearLine(this.#stream, 0)
    this.#isShown = false
  }
}
