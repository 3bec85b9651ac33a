import { BackEndReach, type BackEndReachOptions } from './back-end-reach.ts'
import type { Engine, Lease } from './engine.ts'

export interface LeaseKeeperOptions extends BackEndReachOptions {
  readonly engine: Engine
  readonly backEnd: string
  readonly owner: string
  readonly leaseMs: number
  /** The member has the lease from now on. */
  readonly onGained: () => void
  /** The member does not have it any more, or may not have it soon. */
  readonly onLost: () => void
  /** The member gives it to another one, because it cannot reach the back end. */
  readonly onUnreached: (backEnd: string) => void
  /** Handles an answer of the engine, and counts a call that failed. */
  readonly ask: <Reply>(call: Promise<Reply>, onReply: (reply: Reply) => void) => void
  /** A clock that runs on while the process is stopped: the engine's does. */
  readonly nowMs: () => number
}

/** Longest time until a lease that was given back is taken. */
const TRY_EVERY_MS = 1000
/** How much later a member tries that could not reach the back end. */
const LAST_FACTOR = 3

/**
 * Takes the lease of one back end when it is free, and extends it. The lease counts as lost when two
 * thirds of its time have passed since the last extension was asked for: no other member can have it
 * yet. It is given back when the member cannot reach the back end.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions
  readonly #reach: BackEndReach
  #lease: Lease | undefined
  /** When the engine was asked for the term or extension that counts. */
  #sinceMs = 0
  #triedMs = -Infinity
  #attempts = 0

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
    this.#reach = new BackEndReach(options)
  }

  /** The lease while it is certainly valid, as far as this process's clock can tell. */
  get lease(): Lease | undefined {
    return this.#isOver ? undefined : this.#lease
  }

  /** Extends the lease, or gives it up, or tries to take it. Call it often. */
  check(mayAcquire: boolean): void {
    const { backEnd, leaseMs, nowMs, onUnreached } = this.#options
    if (this.#lease !== undefined) {
      if (this.#isOver) this.lose()
      else if (this.#reach.isHopeless) {
        this.#reach.giveUp()
        this.#triedMs = nowMs()
        onUnreached(backEnd)
        void this.release()
      } else if (nowMs() - this.#triedMs >= leaseMs / 3) this.#renew(this.#lease)
    } else if (mayAcquire && nowMs() - this.#triedMs >= this.#tryEveryMs) {
      this.#acquire()
    }
  }

  /** The back end has answered. */
  reached(): void {
    this.#reach.reached()
  }

  /** The member connects to the back end, or has lost the connection. */
  unreached(): void {
    if (this.#lease !== undefined) this.#reach.seek()
  }

  /** The engine has refused the lease, or the member cannot use it. */
  lose(): void {
    if (this.#lease === undefined) return
    this.#lease = undefined
    this.#reach.leave()
    this.#options.onLost()
  }

  /** Gives the lease back, so that another member can take it at once. Settles with the answer. */
  async release(): Promise<void> {
    const { engine, ask } = this.#options
    const lease = this.#lease
    if (lease === undefined) return
    this.lose()
    const answer = engine.release(lease)
    ask(answer, () => {})
    await answer.catch(() => {})
  }

  get #tryEveryMs(): number {
    const everyMs = Math.min(TRY_EVERY_MS, this.#options.leaseMs / 3)
    return this.#reach.isLast ? everyMs * LAST_FACTOR : everyMs
  }

  get #isOver(): boolean {
    const { leaseMs, nowMs } = this.#options
    return nowMs() - this.#sinceMs >= (leaseMs * 2) / 3
  }

  #acquire(): void {
    const { engine, backEnd, leaseMs, onGained } = this.#options
    // An append that is still under way must not pass for one of the new lease, even if the engine has
    // lost its terms.
    this.#attempts += 1
    const owner = `${this.#options.owner}.${this.#attempts}`
    this.#askAt(engine.acquire(backEnd, owner, leaseMs), (term, askedMs) => {
      if (term === undefined || this.#lease !== undefined) return
      this.#lease = { backEnd, owner, term }
      this.#sinceMs = askedMs
      // The answer may have come after a long time.
      if (this.#isOver) this.#lease = undefined
      else onGained()
    })
  }

  #renew(lease: Lease): void {
    const { engine, leaseMs } = this.#options
    this.#askAt(engine.renew(lease, leaseMs), (isValid, askedMs) => {
      if (this.#lease !== lease) return
      if (isValid) this.#sinceMs = askedMs
      else this.lose()
    })
  }

  #askAt<Reply>(call: Promise<Reply>, onReply: (reply: Reply, askedMs: number) => void): void {
    const askedMs = this.#options.nowMs()
    this.#triedMs = askedMs
    this.#options.ask(call, (reply) => onReply(reply, askedMs))
  }
}
