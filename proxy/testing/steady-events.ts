import { eventually } from './deadline.ts'
import type { ScriptedBackEnd } from './scripted-back-end.ts'

const EVERY_MS = 5

/** A back end sends an event without an id every few milliseconds, from `start` until `stop`. */
export class SteadyEvents implements AsyncDisposable {
  readonly #backEnd: Pick<ScriptedBackEnd, 'stream'>
  readonly #sent: string[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(backEnd: Pick<ScriptedBackEnd, 'stream'>) {
    this.#backEnd = backEnd
  }

  start(): void {
    this.#timer = setInterval(() => {
      const data = `event ${this.#sent.length + 1}`
      this.#sent.push(data)
      this.#backEnd.stream(`data: ${data}\n\n`)
    }, EVERY_MS)
  }

  /** Sends a few more events, then no more. Returns the data of all events. */
  async stop(): Promise<readonly string[]> {
    const soFar = this.#sent.length
    await eventually('a few more events are sent', () => this.#sent.length > soFar + 10)
    clearInterval(this.#timer)
    return this.#sent
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
  }
}
