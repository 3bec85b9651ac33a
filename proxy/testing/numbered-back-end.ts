import { type ScriptedBackEnd, startBackEnd, STREAM_HEAD } from './scripted-back-end.ts'

export interface NumberedBackEndOptions {
  readonly name: string
  /**
   * Whether it sends ids and resumes after the proxy's last one. Otherwise events during an outage
   * are lost.
   */
  readonly replays: boolean
}

/** The events of one back end so far. */
export interface Told {
  /** The last number. */
  readonly last: number
  /** Numbers of the change logs that were announced. */
  readonly pointers: readonly number[]
}

/** One of so many events also announces a change log. */
const POINTER_EVERY = 3

/** A back end with numbered events that can have outages. */
export class NumberedBackEnd implements AsyncDisposable {
  readonly #options: NumberedBackEndOptions
  readonly #frames: string[] = []
  /** Events that a client may have received. */
  readonly #pointers: number[] = []
  #server: ScriptedBackEnd | undefined
  #last = 0
  #mostOpen = 0

  private constructor(options: NumberedBackEndOptions) {
    this.#options = options
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
    return { last: this.#last, pointers: this.#pointers }
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
    this.#server?.send(this.#make(count, bytes, true))
  }

  /** Stops, counts this many events, and starts again. Resolves when the proxy has reconnected. */
  async restart(eventsAway: number): Promise<void> {
    const port = this.#server?.port ?? 0
    this.#mostOpen = this.mostOpen
    await this.#server?.[Symbol.asyncDispose]()
    this.#make(eventsAway, 0, this.#options.replays)
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

  #make(count: number, bytes: number, isTold: boolean): string {
    const from = this.#frames.length
    for (let made = 0; made < count; made += 1) {
      this.#last += 1
      this.#add(`${this.name} ${this.#last} ${'x'.repeat(bytes)}`)
      if (this.#last % POINTER_EVERY !== 0) continue
      this.#add(pointerTo(this.name, this.#last))
      if (isTold) this.#pointers.push(this.#last)
    }
    return this.#frames.slice(from).join('')
  }

  #add(data: string): void {
    const id = this.#options.replays ? `id: ${this.name}-${this.#frames.length}\n` : ''
    this.#frames.push(`${id}data: ${data}\n\n`)
  }

  #replayAfter(request: string): string {
    const id = /^last-event-id: \S+-(\d+)\r$/im.exec(request)?.[1]
    return id === undefined ? '' : this.#frames.slice(Number(id) + 1).join('')
  }
}

function pointerTo(name: string, number: number): string {
  return `http://${name}.example/changelog/${number}`
}

/** The content of an event; undefined if no numbered back end sent it. */
export function numberedOf(
  data: string,
):
  | { readonly kind: 'text' | 'pointer'; readonly name: string; readonly number: number }
  | undefined {
  const text = /^(\w+) (\d+) x*$/.exec(data)
  if (text !== null) return { kind: 'text', name: text[1] ?? '', number: Number(text[2]) }
  const pointer = /^http:\/\/(\w+)\.example\/changelog\/(\d+)$/.exec(data)
  if (pointer === null) return undefined
  return { kind: 'pointer', name: pointer[1] ?? '', number: Number(pointer[2]) }
}
