import {
  ALL_CLIENTS,
  type FromQuota,
  type QuotaKey,
  shareOf,
  type ToQuota,
} from '../front/quota-messages.ts'

/** A process that serves clients and shares the limits with others. */
export interface QuotaWorker {
  readonly send: (message: FromQuota) => void
}

/** Of the whole proxy; 0 = none. */
interface QuotaLimits {
  readonly maxConnections: number
  readonly maxPerAddress: number
}

export interface ConnectionQuotaOptions {
  readonly limits: QuotaLimits
  readonly processes: number
}

interface SlotRequest {
  readonly worker: QuotaWorker
  readonly requestId: number
  readonly keys: readonly QuotaKey[]
}

/** A key near its limit. */
interface CountedKey {
  /** Slots that each process holds, if it has reported them. */
  readonly held: Map<QuotaWorker, number>
  /** Processes that have not reported yet. Until they have, no request is decided. */
  readonly awaitedWorkers: Set<QuotaWorker>
  /** Undecided requests that include this key. */
  readonly requests: Set<SlotRequest>
}

/** Counting stops when no process has more than this part of its share. */
const LOW_PART = 7 / 8

/**
 * Applies the limits to all processes together. When a process has filled its share of a limit and
 * requests more, the quota starts to count that key. Every process then reports its clients under
 * the key, and requests a slot for each further client. Counting stops when all processes are well
 * below their shares. Channels keep the order of messages, so the sums are exact.
 */
export class ConnectionQuota {
  readonly #processes: number
  #limits: QuotaLimits
  readonly #workers = new Set<QuotaWorker>()
  readonly #keys = new Map<QuotaKey, CountedKey>()

  constructor({ limits, processes }: ConnectionQuotaOptions) {
    this.#limits = limits
    this.#processes = processes
  }

  /** The limits for the decisions from now on. */
  set limits(limits: QuotaLimits) {
    this.#limits = limits
  }

  /** Adds a process that receives messages and has no clients yet. */
  add(worker: QuotaWorker): void {
    this.#workers.add(worker)
    for (const [key, { held }] of this.#keys) {
      held.set(worker, 0)
      worker.send({ kind: 'count', key })
    }
  }

  /** Removes a process that has ended, with its clients. */
  remove(worker: QuotaWorker): void {
    this.#workers.delete(worker)
    for (const counted of this.#keys.values()) {
      counted.held.delete(worker)
      counted.awaitedWorkers.delete(worker)
      for (const request of counted.requests) {
        if (request.worker === worker) counted.requests.delete(request)
      }
    }
    for (const key of this.#keys.keys()) this.#decidePending(key)
  }

  /** Handles a message of a process. */
  receive(worker: QuotaWorker, message: ToQuota): void {
    if (message.kind === 'request-slot') {
      this.#request({ worker, requestId: message.requestId, keys: message.keys })
      return
    }
    const { key } = message
    const counted = this.#keys.get(key)
    if (counted === undefined) {
      if (message.kind === 'came') this.#startCounting(key)
      return
    }
    if (message.kind === 'left' || message.kind === 'came') {
      const held = counted.held.get(worker)
      const change = message.kind === 'left' ? -1 : 1
      if (held !== undefined) counted.held.set(worker, held + change)
    } else if (counted.awaitedWorkers.delete(worker)) {
      counted.held.set(worker, message.count)
    }
    this.#decidePending(key)
  }

  #request(request: SlotRequest): void {
    for (const key of request.keys) {
      const counted = this.#keys.get(key) ?? this.#startCounting(key)
      counted.requests.add(request)
    }
    this.#decide(request)
  }

  #startCounting(key: QuotaKey): CountedKey {
    const counted: CountedKey = {
      held: new Map(),
      awaitedWorkers: new Set(this.#workers),
      requests: new Set(),
    }
    this.#keys.set(key, counted)
    for (const worker of this.#workers) worker.send({ kind: 'count', key })
    return counted
  }

  /** Answers a request, unless a sum that it needs is not known yet. */
  #decide(request: SlotRequest): void {
    const { worker, requestId, keys } = request
    const counted = keys.flatMap((key) => this.#keys.get(key) ?? [])
    if (counted.some(({ awaitedWorkers }) => awaitedWorkers.size > 0)) return
    const full = keys.find((key, index) => sum(counted[index]) >= this.#limitOf(key))
    for (const { held, requests } of counted) {
      requests.delete(request)
      if (full === undefined) held.set(worker, (held.get(worker) ?? 0) + 1)
    }
    const refusal = full === undefined ? undefined : full === ALL_CLIENTS ? 'full' : 'address'
    worker.send({ kind: 'slot', requestId, refusal })
    for (const key of keys) this.#stopCountingIfLow(key)
  }

  /** Decides requests that waited for the count of this key. */
  #decidePending(key: QuotaKey): void {
    for (const request of this.#keys.get(key)?.requests ?? []) this.#decide(request)
    this.#stopCountingIfLow(key)
  }

  #stopCountingIfLow(key: QuotaKey): void {
    const counted = this.#keys.get(key)
    if (counted === undefined || counted.awaitedWorkers.size + counted.requests.size > 0) return
    const low = Math.floor(shareOf(this.#limitOf(key), this.#processes) * LOW_PART)
    if ([...counted.held.values()].some((held) => held > low)) return
    this.#keys.delete(key)
    for (const worker of this.#workers) worker.send({ kind: 'stop-counting', key })
  }

  #limitOf(key: QuotaKey): number {
    const { maxConnections, maxPerAddress } = this.#limits
    // A process may not have heard yet that there is no limit any more.
    return (key === ALL_CLIENTS ? maxConnections : maxPerAddress) || Infinity
  }
}

function sum(counted: CountedKey | undefined): number {
  let total = 0
  for (const held of counted?.held.values() ?? []) total += held
  return total
}
