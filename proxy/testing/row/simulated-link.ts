import { CALL_MS, type Engine, type Page } from '../../row/engine.ts'
import type { EngineState } from './engine-state.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface SimulatedLinkOptions {
  readonly time: VirtualTime
  readonly engine: EngineState
  /** Time that a message takes. */
  readonly delayMs: () => number
  /** Does work of the member now, or once the member runs again, or never. */
  readonly toMember: (work: () => void) => void
  /** Calls when the engine has something new. */
  readonly onNews: (listener: () => void) => void
}

/** The connections of one member to an engine in memory. Messages take time and may be lost. */
export class SimulatedLink implements Engine {
  readonly #options: SimulatedLinkOptions
  /** The engine at the other end. */
  engine: EngineState
  /** Nothing passes, in either direction. */
  isCut = false
  /** Reads that wait are never answered. */
  isMute = false

  constructor(options: SimulatedLinkOptions) {
    this.#options = options
    this.engine = options.engine
  }

  readonly read: Engine['read'] = (after, waitMs) =>
    this.#call(waitMs, (reply: (page: Page) => void) => {
      if (this.isMute && waitMs > 0) return
      const { engine } = this
      const page = engine.read(after, this.#options.time.nowMs())
      if (page.entries.length > 0 || waitMs === 0 || page.head.number !== after) {
        reply(page)
        return
      }
      let isAnswered = false
      const answer = (): void => {
        if (isAnswered) return
        isAnswered = true
        reply(engine.read(after, this.#options.time.nowMs()))
      }
      this.#options.onNews(answer)
      this.#options.time.after(waitMs, answer)
    })

  readonly append: Engine['append'] = (lease, after, entries) =>
    this.#ask((engine, nowMs) => engine.append(lease, after, entries, nowMs))

  readonly heal: Engine['heal'] = (seen, epochs, entries) =>
    this.#ask((engine, nowMs) => engine.heal(seen, epochs, entries, nowMs))

  readonly settle: Engine['settle'] = (seen, epoch) =>
    this.#ask((engine) => engine.settle(seen, epoch))

  readonly acquire: Engine['acquire'] = (backEnd, owner, leaseMs) =>
    this.#ask((engine, nowMs) => engine.acquire(backEnd, owner, leaseMs, nowMs))

  readonly renew: Engine['renew'] = (lease, leaseMs) =>
    this.#ask((engine, nowMs) => engine.renew(lease, leaseMs, nowMs))

  readonly release: Engine['release'] = (lease) => this.#ask((engine) => engine.release(lease))

  readonly urls: Engine['urls'] = () => this.#ask((engine) => engine.urls())

  readonly remember: Engine['remember'] = (urls) => this.#ask((engine) => engine.remember(urls))

  readonly forget: Engine['forget'] = (urls) => this.#ask((engine) => engine.forget(urls))

  readonly close = (): void => {}

  #ask<Reply>(work: (engine: EngineState, nowMs: number) => Reply): Promise<Reply> {
    return this.#call(0, (reply) => reply(work(this.engine, this.#options.time.nowMs())))
  }

  #call<Reply>(waitMs: number, atEngine: (reply: (value: Reply) => void) => void): Promise<Reply> {
    const { time, delayMs, toMember } = this.#options
    return new Promise<Reply>((resolve, reject) => {
      const fail = (): void => reject(new Error('no answer'))
      time.after(CALL_MS + waitMs, () => toMember(fail))
      const reply = (value: Reply): void => {
        time.after(delayMs(), () => {
          if (!this.isCut) toMember(() => resolve(value))
        })
      }
      time.after(delayMs(), () => {
        if (!this.isCut) atEngine(reply)
      })
    })
  }
}
