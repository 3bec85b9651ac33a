import type { VirtualTime } from './virtual-time.ts'

export interface NumberedFrame {
  readonly frame: Buffer
  readonly upstreamId: string
}

/** A back end whose events are its name and a number, each the URL of a change log. */
export class SimulatedBackEnd {
  readonly name: string
  readonly #time: VirtualTime
  readonly #hasIds: boolean
  #count = 0
  /** By member. */
  readonly #connections = new Map<string, (frame: NumberedFrame) => void>()

  constructor(name: string, time: VirtualTime, hasIds: boolean) {
    this.name = name
    this.#time = time
    this.#hasIds = hasIds
  }

  /** Number of its newest event. */
  get count(): number {
    return this.#count
  }

  /** The members that are connected. */
  get members(): Iterable<string> {
    return this.#connections.keys()
  }

  emit(): void {
    this.#count += 1
    for (const send of this.#connections.values()) send(this.#event(this.#count))
  }

  /** Sends what follows this id, if events have ids, or else what comes. */
  connect(
    member: string,
    lastEventId: string | undefined,
    onFrame: (frame: NumberedFrame) => void,
  ) {
    let isOver = false
    const send = (frame: NumberedFrame): void => {
      this.#time.after(1, () => {
        if (!isOver) onFrame(frame)
      })
    }
    this.#connections.set(member, send)
    if (this.#hasIds && lastEventId !== undefined) {
      for (let number = Number(lastEventId) + 1; number <= this.#count; number += 1) {
        send(this.#event(number))
      }
    }
    return (): void => {
      isOver = true
      if (this.#connections.get(member) === send) this.#connections.delete(member)
    }
  }

  #event(number: number): NumberedFrame {
    return {
      frame: Buffer.from(`data: http://${this.name}/${number}\n\n`),
      upstreamId: this.#hasIds ? String(number) : '',
    }
  }
}
