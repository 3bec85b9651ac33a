/** How many clients a process takes. 0 = no limit of this kind. */
export interface FrontLimits {
  /** 0 = as many as the limit of open files allows. */
  readonly maxConnections: number
  readonly maxPerAddress: number
  readonly connectionsPerSecond: number
  /** `answer-503` tells a client when to return, but a browser's EventSource then gives up; after `close` it comes back by itself. */
  readonly whenFull: 'answer-503' | 'close'
}

/** Why a client was not taken. */
export type RefusalReason = 'full' | 'address' | 'rate'

/** Decides who may come in, and counts who is. */
export class Admission {
  readonly #limits: FrontLimits
  readonly #maxConnections: number
  readonly #byAddress = new Map<string, number>()
  #connections = 0
  #second = 0
  #inSecond = 0
  readonly #refused = { full: 0, address: 0, rate: 0 }

  /** `ownMaximum` = connections that the process can hold. */
  constructor(limits: FrontLimits, ownMaximum: number) {
    this.#limits = limits
    this.#maxConnections = Math.min(limits.maxConnections || ownMaximum, ownMaximum)
  }

  get maxConnections(): number {
    return this.#maxConnections
  }

  get connections(): number {
    return this.#connections
  }

  get refused(): Readonly<Record<RefusalReason, number>> {
    return this.#refused
  }

  /** Takes a client, to be given back by `leave`, or says why not. */
  enter(address: string, nowMs: number): RefusalReason | undefined {
    const reason = this.#reasonAgainst(address, nowMs)
    if (reason !== undefined) {
      this.#refused[reason] += 1
      return reason
    }
    this.#connections += 1
    if (this.#limits.maxPerAddress > 0) {
      this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1)
    }
    return undefined
  }

  leave(address: string): void {
    this.#connections -= 1
    const others = (this.#byAddress.get(address) ?? 0) - 1
    if (others > 0) this.#byAddress.set(address, others)
    else this.#byAddress.delete(address)
  }

  #reasonAgainst(address: string, nowMs: number): RefusalReason | undefined {
    const { maxPerAddress, connectionsPerSecond } = this.#limits
    if (this.#connections >= this.#maxConnections) return 'full'
    if (maxPerAddress > 0 && (this.#byAddress.get(address) ?? 0) >= maxPerAddress) return 'address'
    if (connectionsPerSecond === 0) return undefined
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) this.#inSecond = 0
    this.#second = second
    this.#inSecond += 1
    return this.#inSecond > connectionsPerSecond ? 'rate' : undefined
  }
}
