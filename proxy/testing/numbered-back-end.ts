import { type ScriptedBackEnd, startBackEnd, STREAM_HEAD } from './scripted-back-end.ts'

export interface NumberedBackEndOptions {
  readonly name: string
  /** Whether it gives ids and goes on after the one that the proxy names; else what comes while it is away is lost. */
  readonly replays: boolean
}

/** What has been told of one back end's changes. */
export interface Told {
  /** The last number. */
  readonly last: number
  /** Numbers of the change logs that were announced. */
  readonly pointers: readonly number[]
}

/** Every so many events also announce a change log. */
const POINTER_EVERY = 3

/** A back end whose events are numbered, and which can be away. */
export class NumberedBackEnd implements AsyncDisposable {
  readonly #options: NumberedBackEndOptions
  readonly #frames: string[] = []
  /** Those of which a client can know. */
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

  /** What the proxy has been told, or will be when it asks. */
  get told(): Told {
    return { last: this.#last, pointers: this.#pointers }
  }

  /** Most connections that it had at once, at any time. */
  get mostOpen(): number {
    return Math.max(this.#mostOpen, this.#server?.mostOpen ?? 0)
  }

  /** Waits until the proxy is connected. */
  async connected(): Promise<void> {
    await this.#server?.requested(1)
  }

  /** So many further events, each this large. */
  emit(count: number, bytes = 0): void {
    this.#server?.send(this.#make(count, bytes, true))
  }

  /** Goes away, lets this many events happen, and comes back; resolves once the proxy has come back too. */
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

/** What an event says; undefined for one that no numbered back end made. */
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
