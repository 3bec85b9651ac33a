import type { Socket } from 'node:net'

import type { StoreClock } from '../clock/store-clock.ts'
import { Wire } from '../http/wire.ts'
import type { Frames } from '../sse/frames.ts'
import type { OpenedStream } from '../sse/stream-tap.ts'
import type { FaultSubject } from './fault-scope.ts'
import { Lifetime } from './lifetime.ts'

interface Armed {
  eventsLeft: number
  readonly act: () => void
}

/** An open stream, and the faults that wait for its next events. */
export class OpenStream {
  readonly opened: OpenedStream
  readonly subject: FaultSubject
  readonly life = new Lifetime()
  readonly #clock: StoreClock
  readonly #armed = new Set<Armed>()

  constructor(opened: OpenedStream, subject: FaultSubject, clock: StoreClock) {
    this.opened = opened
    this.subject = subject
    this.#clock = clock
  }

  get socket(): Socket {
    return this.opened.request.socket
  }

  get isArmed(): boolean {
    return this.#armed.size > 0
  }

  /** Ends the response with its last chunk. */
  end(): void {
    this.opened.leave()
    this.opened.client.end()
  }

  /** Calls `act` after so many more events have left. Returns a function that takes it back. */
  afterEvents(events: number, act: () => void): () => void {
    if (events === 0) return this.#whenSent(act)
    let forget: (() => void) | undefined
    const armed: Armed = { eventsLeft: events, act: () => (forget = this.#whenSent(act)) }
    this.#armed.add(armed)
    return () => {
      this.#armed.delete(armed)
      forget?.()
    }
  }

  /** Sends one event, and calls what waits for it. */
  send(frames: Frames, send: (frames: Frames) => void): void {
    send(frames)
    for (const armed of this.#armed) {
      armed.eventsLeft -= 1
      if (armed.eventsLeft > 0) continue
      this.#armed.delete(armed)
      armed.act()
    }
  }

  /** Earlier bytes may still be on their way. */
  #whenSent(act: () => void): () => void {
    return Wire.of(this.socket, this.#clock).after(0, act)
  }
}
