import type { LimitSettings } from '../config/settings.ts'
import {
  ALL_CLIENTS,
  type FromQuota,
  type QuotaKey,
  shareOf,
  type ToQuota,
} from './quota-messages.ts'

/** Why a client was refused. */
export const REFUSAL_REASONS = ['full', 'address', 'rate', 'proxy-protocol'] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]
/** Refused clients by the reason. */
export type Refusals = Readonly<Record<RefusalReason, number>>

export interface AdmissionOptions {
  /** Of the whole proxy. */
  readonly limits: LimitSettings
  /** Connections that this process can hold. */
  readonly capacity: number
  /**
   * How many processes share the limits; 1 = this process is the only one and requests no slots.
   */
  readonly processes: number
  readonly sendToQuota: (message: ToQuota) => void
}

/**
 * Called once, with a reason when the client is refused. `leave` must follow for an accepted
 * client.
 */
type OnDecision = (refusal: RefusalReason | undefined) => void

interface PendingClient {
  readonly address: string
  readonly keys: readonly QuotaKey[]
  readonly onDecision: OnDecision
}

/**
 * Most clients that wait for a slot. Further ones are refused: a stopped primary process does not
 * answer.
 */
const MAX_PENDING = 1024

/**
 * Decides which clients one process accepts, and counts them. Each of several processes may fill an
 * even share of a limit without a request. Beyond its share, and while the quota counts a key, it
 * requests a slot for each client. So a limit holds exactly, and costs a message only near it: see
 * `ConnectionQuota`.
 */
export class Admission {
  readonly #options: AdmissionOptions
  #limits: LimitSettings
  readonly #byAddress = new Map<string, number>()
  /** Keys that the quota counts. */
  readonly #counted = new Set<QuotaKey>()
  readonly #pending = new Map<number, PendingClient>()
  #requestId = 0
  #connections = 0
  #second = 0
  #inSecond = 0
  readonly #refused = { full: 0, address: 0, rate: 0, 'proxy-protocol': 0 }

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#limits = options.limits
  }

  /** The limits for clients that connect from now on. Those that are connected stay. */
  get limits(): LimitSettings {
    return this.#limits
  }

  set limits(limits: LimitSettings) {
    this.#limits = limits
  }

  get connections(): number {
    return this.#connections
  }

  /** Whether this process can hold no more clients. */
  get isFull(): boolean {
    return this.#connections + this.#pending.size >= this.#options.capacity
  }

  get refused(): Refusals {
    return this.#refused
  }

  /** Counts a client that was refused before the limits were looked at. */
  count(reason: RefusalReason): void {
    this.#refused[reason] += 1
  }

  /** Decides about a client: at once, or when the quota has answered. */
  enter(address: string, nowMs: number, onDecision: OnDecision): void {
    const refusal = this.#immediateRefusal(address, nowMs)
    if (refusal !== undefined) {
      this.#refused[refusal] += 1
      onDecision(refusal)
      return
    }
    const keys = this.#keysToRequest(address)
    // Slots that need no request are taken now, so that they count for clients that connect
    // meanwhile.
    if (!keys.includes(ALL_CLIENTS)) this.#connections += 1
    if (!keys.includes(address)) this.#add(address, 1)
    if (keys.length === 0) {
      onDecision(undefined)
      return
    }
    this.#requestId += 1
    this.#pending.set(this.#requestId, { address, keys, onDecision })
    this.#options.sendToQuota({ kind: 'request-slot', requestId: this.#requestId, keys })
  }

  /**
   * Counts a client of another process, which has accepted it. `leave` must follow. Beyond the share
   * of this process, the quota has to count: others may not fill theirs without requests any more.
   */
  take(address: string): void {
    this.#connections += 1
    this.#add(address, 1)
    for (const key of this.#keysToRequest(address)) {
      this.#options.sendToQuota({ kind: 'came', key })
    }
  }

  leave(address: string): void {
    this.#release(ALL_CLIENTS)
    this.#release(address)
  }

  receive(message: FromQuota): void {
    switch (message.kind) {
      case 'count':
        this.#counted.add(message.key)
        this.#options.sendToQuota({
          kind: 'held',
          key: message.key,
          count: this.#held(message.key),
        })
        break
      case 'stop-counting':
        this.#counted.delete(message.key)
        break
      default:
        this.#decide(message)
    }
  }

  #decide({ requestId, refusal }: Extract<FromQuota, { kind: 'slot' }>): void {
    const pending = this.#pending.get(requestId)
    if (pending === undefined) return
    const { address, keys, onDecision } = pending
    this.#pending.delete(requestId)
    if (refusal === undefined) {
      if (keys.includes(ALL_CLIENTS)) this.#connections += 1
      if (keys.includes(address)) this.#add(address, 1)
    } else {
      this.#refused[refusal] += 1
      if (!keys.includes(ALL_CLIENTS)) this.#release(ALL_CLIENTS)
      if (!keys.includes(address)) this.#release(address)
    }
    onDecision(refusal)
  }

  #immediateRefusal(address: string, nowMs: number): RefusalReason | undefined {
    const { processes } = this.#options
    const { maxConnections, maxPerAddress, connectionsPerSecond } = this.#limits
    if (this.isFull || this.#pending.size >= MAX_PENDING) return 'full'
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

  #keysToRequest(address: string): readonly QuotaKey[] {
    const { maxConnections, maxPerAddress } = this.#limits
    if (this.#options.processes === 1) return NO_KEYS
    const keys: QuotaKey[] = []
    if (this.#mustRequest(ALL_CLIENTS, maxConnections)) keys.push(ALL_CLIENTS)
    if (this.#mustRequest(address, maxPerAddress)) keys.push(address)
    return keys
  }

  #mustRequest(key: QuotaKey, limit: number): boolean {
    if (limit === 0) return false
    return this.#counted.has(key) || this.#held(key) >= shareOf(limit, this.#options.processes)
  }

  #held(key: QuotaKey): number {
    return key === ALL_CLIENTS ? this.#connections : (this.#byAddress.get(key) ?? 0)
  }

  #release(key: QuotaKey): void {
    if (key === ALL_CLIENTS) this.#connections -= 1
    else this.#add(key, -1)
    if (this.#counted.has(key)) this.#options.sendToQuota({ kind: 'left', key })
  }

  /** Also without a limit: a reload may set one. */
  #add(address: string, count: 1 | -1): void {
    const sum = (this.#byAddress.get(address) ?? 0) + count
    if (sum > 0) this.#byAddress.set(address, sum)
    else this.#byAddress.delete(address)
  }
}

/** The refusals of several processes together. */
export function sumOfRefusals(all: readonly Refusals[]): Refusals {
  const sum = { full: 0, address: 0, rate: 0, 'proxy-protocol': 0 }
  for (const refused of all) {
    for (const reason of REFUSAL_REASONS) sum[reason] += refused[reason]
  }
  return sum
}

const NO_KEYS: readonly QuotaKey[] = []
