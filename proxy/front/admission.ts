import type { LimitSettings } from '../config/settings.ts'
import { EVERY, type FromKeeper, type PlaceKey, shareOf, type ToKeeper } from './places.ts'

/** Why a client was refused. */
export type RefusalReason = 'full' | 'address' | 'rate'

export interface AdmissionOptions {
  /** Of the whole proxy. */
  readonly limits: LimitSettings
  /** Connections that this process can hold. */
  readonly capacity: number
  /** How many processes share the limits; 1 = this process is the only one and asks no keeper. */
  readonly processes: number
  readonly tellKeeper: (message: ToKeeper) => void
}

/** Called once: with a reason when the client is refused. `leave` must follow for an accepted client. */
type OnAnswer = (refusal: RefusalReason | undefined) => void

interface Asked {
  readonly address: string
  readonly keys: readonly PlaceKey[]
  readonly onAnswer: OnAnswer
}

/** Clients that wait for the keeper's answer. Further ones are refused: a stopped keeper does not answer. */
const MOST_ASKED = 1024

/**
 * Decides which clients one process accepts, and counts them. Each of several processes may fill an even share of a limit
 * without a request. Beyond its share, and while the keeper counts a key, it requests a place for each client. So a limit
 * holds exactly, and costs a message only near it: see `PlaceKeeper`.
 */
export class Admission {
  readonly #options: AdmissionOptions
  readonly #byAddress = new Map<string, number>()
  /** Keys that the keeper counts. */
  readonly #counted = new Set<PlaceKey>()
  readonly #asked = new Map<number, Asked>()
  #ticket = 0
  #connections = 0
  #second = 0
  #inSecond = 0
  readonly #refused = { full: 0, address: 0, rate: 0 }

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  get connections(): number {
    return this.#connections
  }

  /** Whether this process can hold no more clients. */
  get isFull(): boolean {
    return this.#connections + this.#asked.size >= this.#options.capacity
  }

  get refused(): Readonly<Record<RefusalReason, number>> {
    return this.#refused
  }

  /** Decides about a client: at once, or when the keeper has answered. */
  enter(address: string, nowMs: number, onAnswer: OnAnswer): void {
    const refusal = this.#refusalAtOnce(address, nowMs)
    if (refusal !== undefined) {
      this.#refused[refusal] += 1
      onAnswer(refusal)
      return
    }
    const keys = this.#keysToAsk(address)
    // Places that need no request are taken now, so that they count for clients that come meanwhile.
    if (!keys.includes(EVERY)) this.#connections += 1
    if (!keys.includes(address)) this.#add(address, 1)
    if (keys.length === 0) {
      onAnswer(undefined)
      return
    }
    this.#ticket += 1
    this.#asked.set(this.#ticket, { address, keys, onAnswer })
    this.#options.tellKeeper({ kind: 'ask-place', ticket: this.#ticket, keys })
  }

  leave(address: string): void {
    this.#giveBack(EVERY)
    this.#giveBack(address)
  }

  hear(message: FromKeeper): void {
    switch (message.kind) {
      case 'count':
        this.#counted.add(message.key)
        this.#options.tellKeeper({ kind: 'held', key: message.key, count: this.#held(message.key) })
        break
      case 'stop-counting':
        this.#counted.delete(message.key)
        break
      default:
        this.#answer(message)
    }
  }

  #answer({ ticket, refusal }: Extract<FromKeeper, { kind: 'place' }>): void {
    const asked = this.#asked.get(ticket)
    if (asked === undefined) return
    const { address, keys, onAnswer } = asked
    this.#asked.delete(ticket)
    if (refusal === undefined) {
      if (keys.includes(EVERY)) this.#connections += 1
      if (keys.includes(address)) this.#add(address, 1)
    } else {
      this.#refused[refusal] += 1
      if (!keys.includes(EVERY)) this.#giveBack(EVERY)
      if (!keys.includes(address)) this.#giveBack(address)
    }
    onAnswer(refusal)
  }

  #refusalAtOnce(address: string, nowMs: number): RefusalReason | undefined {
    const { limits, processes } = this.#options
    const { maxConnections, maxPerAddress, connectionsPerSecond } = limits
    if (this.isFull || this.#asked.size >= MOST_ASKED) return 'full'
    if (processes === 1) {
      if (maxConnections > 0 && this.#connections >= maxConnections) return 'full'
      if (maxPerAddress > 0 && this.#held(address) >= maxPerAddress) return 'address'
    }
    if (connectionsPerSecond === 0) return undefined
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) this.#inSecond = 0
    this.#second = second
    this.#inSecond += 1
    return this.#inSecond > Math.ceil(connectionsPerSecond / processes) ? 'rate' : undefined
  }

  #keysToAsk(address: string): readonly PlaceKey[] {
    const { limits, processes } = this.#options
    if (processes === 1) return NO_KEYS
    const keys: PlaceKey[] = []
    if (this.#hasToAsk(EVERY, limits.maxConnections)) keys.push(EVERY)
    if (this.#hasToAsk(address, limits.maxPerAddress)) keys.push(address)
    return keys
  }

  #hasToAsk(key: PlaceKey, limit: number): boolean {
    if (limit === 0) return false
    return this.#counted.has(key) || this.#held(key) >= shareOf(limit, this.#options.processes)
  }

  #held(key: PlaceKey): number {
    return key === EVERY ? this.#connections : (this.#byAddress.get(key) ?? 0)
  }

  #giveBack(key: PlaceKey): void {
    if (key === EVERY) this.#connections -= 1
    else this.#add(key, -1)
    if (this.#counted.has(key)) this.#options.tellKeeper({ kind: 'left', key })
  }

  #add(address: string, count: 1 | -1): void {
    if (this.#options.limits.maxPerAddress === 0) return
    const sum = (this.#byAddress.get(address) ?? 0) + count
    if (sum > 0) this.#byAddress.set(address, sum)
    else this.#byAddress.delete(address)
  }
}

const NO_KEYS: readonly PlaceKey[] = []
