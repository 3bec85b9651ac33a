import { EVERY, type FromKeeper, type PlaceKey, shareOf, type ToKeeper } from '../front/places.ts'

/** One process that serves clients, as the keeper sees it. */
export interface PlaceHolder {
  readonly tell: (message: FromKeeper) => void
}

export interface PlaceKeeperOptions {
  /** Of the whole proxy; 0 = none. */
  readonly limits: { readonly maxConnections: number; readonly maxPerAddress: number }
  readonly processes: number
}

interface Request {
  readonly holder: PlaceHolder
  readonly ticket: number
  readonly keys: readonly PlaceKey[]
}

/** A key near its limit. */
interface CountedKey {
  /** Places of each process, as far as it has said. */
  readonly held: Map<PlaceHolder, number>
  /** Processes that have yet to say; until then nothing is decided. */
  readonly awaited: Set<PlaceHolder>
  /** Undecided requests that name this key, whichever key they wait for. */
  readonly requests: Set<Request>
}

/** Counting stops when no process has more than this part of its share. */
const CALM_PART = 7 / 8

/**
 * Makes limits hold for all processes together. The first process that has filled its share of a limit and wants more makes the keeper
 * count that key: every process says how many clients it has under it, and asks for each further one. When all are well below their
 * shares again, counting stops. Channels keep the order of messages, so the sums are exact.
 */
export class PlaceKeeper {
  readonly #options: PlaceKeeperOptions
  readonly #holders = new Set<PlaceHolder>()
  readonly #keys = new Map<PlaceKey, CountedKey>()

  constructor(options: PlaceKeeperOptions) {
    this.#options = options
  }

  /** A process that is ready to hear and has no clients yet. */
  add(holder: PlaceHolder): void {
    this.#holders.add(holder)
    for (const [key, { held }] of this.#keys) {
      held.set(holder, 0)
      holder.tell({ kind: 'count', key })
    }
  }

  /** The process has ended, and with it its clients. */
  remove(holder: PlaceHolder): void {
    this.#holders.delete(holder)
    for (const counted of this.#keys.values()) {
      counted.held.delete(holder)
      counted.awaited.delete(holder)
      for (const request of counted.requests) {
        if (request.holder === holder) counted.requests.delete(request)
      }
    }
    for (const key of this.#keys.keys()) this.#goOn(key)
  }

  hear(holder: PlaceHolder, message: ToKeeper): void {
    if (message.kind === 'ask-place') {
      this.#take({ holder, ticket: message.ticket, keys: message.keys })
      return
    }
    const { key } = message
    const counted = this.#keys.get(key)
    if (counted === undefined) return
    if (message.kind === 'left') {
      const held = counted.held.get(holder)
      if (held !== undefined) counted.held.set(holder, held - 1)
    } else if (counted.awaited.delete(holder)) {
      counted.held.set(holder, message.count)
    }
    this.#goOn(key)
  }

  #take(request: Request): void {
    for (const key of request.keys) {
      const counted = this.#keys.get(key) ?? this.#startToCount(key)
      counted.requests.add(request)
    }
    this.#decide(request)
  }

  #startToCount(key: PlaceKey): CountedKey {
    const counted: CountedKey = {
      held: new Map(),
      awaited: new Set(this.#holders),
      requests: new Set(),
    }
    this.#keys.set(key, counted)
    for (const holder of this.#holders) holder.tell({ kind: 'count', key })
    return counted
  }

  /** Answers a request, unless a sum that it needs is not known yet. */
  #decide(request: Request): void {
    const { holder, ticket, keys } = request
    const counted = keys.flatMap((key) => this.#keys.get(key) ?? [])
    if (counted.some(({ awaited }) => awaited.size > 0)) return
    const full = keys.find((key, index) => sum(counted[index]) >= this.#limitOf(key))
    for (const { held, requests } of counted) {
      requests.delete(request)
      if (full === undefined) held.set(holder, (held.get(holder) ?? 0) + 1)
    }
    const refusal = full === undefined ? undefined : full === EVERY ? 'full' : 'address'
    holder.tell({ kind: 'place', ticket, refusal })
    for (const key of keys) this.#stopIfCalm(key)
  }

  /** Decides what can be decided since a count has changed. */
  #goOn(key: PlaceKey): void {
    for (const request of this.#keys.get(key)?.requests ?? []) this.#decide(request)
    this.#stopIfCalm(key)
  }

  #stopIfCalm(key: PlaceKey): void {
    const counted = this.#keys.get(key)
    if (counted === undefined || counted.awaited.size + counted.requests.size > 0) return
    const calm = Math.floor(shareOf(this.#limitOf(key), this.#options.processes) * CALM_PART)
    if ([...counted.held.values()].some((held) => held > calm)) return
    this.#keys.delete(key)
    for (const holder of this.#holders) holder.tell({ kind: 'stop-counting', key })
  }

  #limitOf(key: PlaceKey): number {
    const { maxConnections, maxPerAddress } = this.#options.limits
    return key === EVERY ? maxConnections : maxPerAddress
  }
}

function sum(counted: CountedKey | undefined): number {
  let total = 0
  for (const held of counted?.held.values() ?? []) total += held
  return total
}
