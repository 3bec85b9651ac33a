/** The events of one back end so far. */
export interface Told {
  /** The last number. */
  readonly last: number
  /** Numbers of the change logs that were announced. */
  readonly pointers: readonly number[]
}

/** One of so many events also announces a change log. */
const POINTER_EVERY = 3

/** Events of a back end that have numbers, so that a test can tell what a client lacks. */
export class NumberedEvents {
  readonly #name: string
  readonly #hasIds: boolean
  readonly #frames: string[] = []
  /** Events that a client may have received. */
  readonly #pointers: number[] = []
  #last = 0

  constructor(name: string, hasIds: boolean) {
    this.#name = name
    this.#hasIds = hasIds
  }

  get told(): Told {
    return { last: this.#last, pointers: this.#pointers }
  }

  /** So many further events of this size. `isTold` = clients may get them. */
  make(count: number, bytes: number, isTold: boolean): string {
    const from = this.#frames.length
    for (let made = 0; made < count; made += 1) {
      this.#last += 1
      this.#add(`${this.#name} ${this.#last} ${'x'.repeat(bytes)}`)
      if (this.#last % POINTER_EVERY !== 0) continue
      this.#add(pointerTo(this.#name, this.#last))
      if (isTold) this.#pointers.push(this.#last)
    }
    return this.#frames.slice(from).join('')
  }

  /** The events after the one with this number in its id. */
  after(number: number): string {
    return this.#frames.slice(number + 1).join('')
  }

  #add(data: string): void {
    const id = this.#hasIds ? `id: ${this.#name}-${this.#frames.length}\n` : ''
    this.#frames.push(`${id}data: ${data}\n\n`)
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
