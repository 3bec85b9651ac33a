import { NumberedEvents, type Told } from './numbered-events.ts'
import { type ScriptedBackEnd, startBackEnd, STREAM_HEAD } from './scripted-back-end.ts'

export interface NumberedBackEndOptions {
  readonly name: string
  /**
   * Whether it sends ids and resumes after the proxy's last one. Otherwise events during an outage
   * are lost.
   */
  readonly replays: boolean
}

/** A back end with numbered events that can have outages. */
export class NumberedBackEnd implements AsyncDisposable {
  readonly #options: NumberedBackEndOptions
  readonly #events: NumberedEvents
  #server: ScriptedBackEnd | undefined
  #mostOpen = 0

  private constructor(options: NumberedBackEndOptions) {
    this.#options = options
    this.#events = new NumberedEvents(options.name, options.replays)
  }

  static async start(options: NumberedBackEndOptions): Promise<NumberedBackEnd> {
    const backEnd = new NumberedBackEnd(options)
    await backEnd.#listen(0)
    return backEnd
  }

  get uri(): string {
    return this.#server?.uri ?? ''
  }

  get name(): string {
    return this.#options.name
  }

  /** Events that the proxy has received or receives when it reconnects. */
  get told(): Told {
    return this.#events.told
  }

  /** Highest number of simultaneous connections. */
  get mostOpen(): number {
    return Math.max(this.#mostOpen, this.#server?.mostOpen ?? 0)
  }

  /** Waits until the proxy is connected. */
  async connected(): Promise<void> {
    await this.#server?.requested(1)
  }

  /** Sends so many further events of this size. */
  emit(count: number, bytes = 0): void {
    this.#server?.send(this.#events.make(count, bytes, true))
  }

  /** Stops, counts this many events, and starts again. Resolves when the proxy has reconnected. */
  async restart(eventsAway: number): Promise<void> {
    const port = this.#server?.port ?? 0
    this.#mostOpen = this.mostOpen
    await this.#server?.[Symbol.asyncDispose]()
    this.#events.make(eventsAway, 0, this.#options.replays)
    await this.#listen(port)
    await this.connected()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }

  async #listen(port: number): Promise<void> {
    const answer = (request: string): string => STREAM_HEAD + this.#replayAfter(request)
    this.#server = await startBackEnd({ port, answer })
  }

  #replayAfter(request: string): string {
    const id = /^last-event-id: \S+-(\d+)\r$/im.exec(request)?.[1]
    return id === undefined ? '' : this.#events.after(Number(id))
  }
}
