import type { OpenInBrowser } from './browser-readers.ts'
import { startCuttableRelay, type CuttableRelay } from './cuttable-relay.ts'
import type { OpenReader } from './node-readers.ts'
import type { ReadEvent } from './streams.ts'

/** The fate of a change that happened while the reader was disconnected. */
export type Return = 'gets it' | 'misses it' | 'does not reconnect'

/** One reader at one URL, over a connection that can be cut. */
export class Session {
  readonly #relay: CuttableRelay
  readonly #heard: ReadEvent[] = []
  readonly #close: () => void
  /** Requests the events of a reader in a browser. Other readers report events by themselves. */
  readonly #ask: (() => Promise<readonly ReadEvent[]>) | undefined
  #connectionsAtCut = 0
  #heartbeatsBefore = 0

  private constructor(relay: CuttableRelay, path: string, open: OpenReader | OpenInBrowser) {
    this.#relay = relay
    const opened = open(relay.url + path, (event) => void this.#heard.push(event))
    this.#close = typeof opened === 'function' ? opened : () => {}
    this.#ask = typeof opened === 'function' ? undefined : () => opened.events()
  }

  static async open(url: string, open: OpenReader | OpenInBrowser): Promise<Session> {
    return new Session(await startCuttableRelay(url), new URL(url).pathname, open)
  }

  /** Heartbeats since the start, or since `countFromHere`. */
  get heartbeats(): number {
    return this.#relay.heartbeats - this.#heartbeatsBefore
  }

  /** Messages without data so far. */
  get empty(): number {
    return this.#heard.filter(({ data }) => data === '').length
  }

  /** Messages whose data ends with this path. */
  changes(path: string): number {
    return this.#heard.filter(({ data }) => data.endsWith(path)).length
  }

  countFromHere(): void {
    this.#heartbeatsBefore = this.#relay.heartbeats
  }

  cut(): void {
    this.#connectionsAtCut = this.#relay.connections
    this.#relay.cut()
  }

  /** The fate of this change since the cut. */
  returned(path: string): Return {
    if (this.changes(path) > 0) return 'gets it'
    const isBack = this.#relay.connections > this.#connectionsAtCut
    return isBack ? 'misses it' : 'does not reconnect'
  }

  /** Updates the received events. */
  async look(): Promise<void> {
    if (this.#ask === undefined) return
    const events = await this.#ask()
    this.#heard.splice(0, this.#heard.length, ...events)
  }

  async close(): Promise<void> {
    this.#close()
    await this.#relay[Symbol.asyncDispose]()
  }
}
