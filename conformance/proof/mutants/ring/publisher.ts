import { setTimeout as delay } from 'node:timers/promises'

import type { EventRing } from './event-ring.ts'
import type { KnownLogs } from './known-logs.ts'
import type { Switches } from './switches.ts'

const BURST = 500
const QUIET_MS = 2000
const LARGE_BYTES = 64 * 1024
const BYTES_PER_MS = 2048

/** Puts events into the ring, in the order of their arrival. */
export class Publisher {
  readonly #ring: EventRing
  readonly #known: KnownLogs
  readonly #switches: Switches
  #inBurst = 0
  #busy = 0
  #busyTimer: NodeJS.Timeout | undefined
  #waiting: (() => void)[] = []
  #digesting: Promise<void> = Promise.resolve()

  constructor(ring: EventRing, known: KnownLogs, switches: Switches) {
    this.#ring = ring
    this.#known = known
    this.#switches = switches
  }

  publish(backEnd: number, bytes: Buffer): void {
    if (this.#switches.has('ring-drops-in-burst') && this.#isBurst()) return
    if (this.#switches.has('ring-starves-quiet') && this.#starves(backEnd, bytes)) return
    if (this.#switches.has('ring-slow-with-large')) {
      this.#digesting = this.#digest(this.#digesting, backEnd, bytes)
    } else this.#append(backEnd, bytes)
  }

  /** In order: what follows a large event waits for it. */
  async #digest(before: Promise<void>, backEnd: number, bytes: Buffer): Promise<void> {
    await before
    if (bytes.length > LARGE_BYTES) await delay(bytes.length / BYTES_PER_MS)
    this.#append(backEnd, bytes)
  }

  #append(backEnd: number, bytes: Buffer): void {
    this.#known.learn(bytes)
    this.#ring.append(backEnd, bytes)
  }

  /** To every client: events of a back end may have been missed. */
  announceGap(): void {
    for (const bytes of this.#known.announcement('outage')) this.#ring.append(-1, bytes)
  }

  close(): void {
    clearTimeout(this.#busyTimer)
  }

  #isBurst(): boolean {
    if (this.#inBurst === 0) {
      setImmediate(() => {
        this.#inBurst = 0
      })
    }
    this.#inBurst += 1
    return this.#inBurst > BURST
  }

  /** A fault: events of another back end wait until the busy one has been quiet for a while. */
  #starves(backEnd: number, bytes: Buffer): boolean {
    const isBusy = this.#busyTimer !== undefined
    if (isBusy && backEnd !== this.#busy) {
      this.#waiting.push(() => this.#ring.append(backEnd, bytes))
      return true
    }
    this.#busy = backEnd
    clearTimeout(this.#busyTimer)
    this.#busyTimer = setTimeout(() => {
      this.#busyTimer = undefined
      for (const release of this.#waiting.splice(0)) release()
    }, QUIET_MS)
    return false
  }
}
