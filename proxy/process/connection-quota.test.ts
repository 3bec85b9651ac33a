import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Admission, type RefusalReason } from '../front/admission.ts'
import type { FromQuota, ToQuota } from '../front/quota-messages.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { ConnectionQuota } from './connection-quota.ts'

const PROCESSES = 3
const NO_LIMITS = { maxConnections: 0, maxPerAddress: 0, connectionsPerSecond: 0 }

/** A process with its two channels, which deliver when the test says so. */
class Process {
  readonly admission: Admission
  readonly clients: string[] = []
  readonly answers: (RefusalReason | undefined)[] = []
  readonly #quota: ConnectionQuota
  readonly #toQuota: ToQuota[] = []
  readonly #fromQuota: FromQuota[] = []
  readonly send = (message: FromQuota): void => void this.#fromQuota.push(message)

  constructor(limits: typeof NO_LIMITS, quota: ConnectionQuota) {
    this.#quota = quota
    this.admission = new Admission({
      limits: { ...limits, whenFull: 'close' },
      capacity: 1000,
      processes: PROCESSES,
      sendToQuota: (message) => this.#toQuota.push(message),
    })
    quota.add(this)
  }

  enter(address: string): void {
    this.admission.enter(address, 0, (refusal) => {
      this.answers.push(refusal)
      if (refusal === undefined) this.clients.push(address)
    })
  }

  /** A client of another process, which the limits do not refuse. */
  take(address: string): void {
    this.admission.take(address)
    this.clients.push(address)
  }

  leave(): void {
    const address = this.clients.pop()
    if (address !== undefined) this.admission.leave(address)
  }

  /** Delivers the oldest message of one channel. Returns false when there is none. */
  deliver(direction: 'to' | 'from'): boolean {
    const message = direction === 'to' ? this.#toQuota.shift() : this.#fromQuota.shift()
    if (message === undefined) return false
    if ('requestId' in message && 'keys' in message) this.#quota.receive(this, message)
    else if (message.kind === 'held' || message.kind === 'left' || message.kind === 'came')
      this.#quota.receive(this, message)
    else this.admission.receive(message)
    return true
  }
}

class Proxy {
  readonly #limits: typeof NO_LIMITS
  readonly #quota: ConnectionQuota
  readonly processes: Process[]

  constructor(limits: Partial<typeof NO_LIMITS>) {
    this.#limits = { ...NO_LIMITS, ...limits }
    this.#quota = new ConnectionQuota({ limits: this.#limits, processes: PROCESSES })
    this.processes = Array.from({ length: PROCESSES }, () => this.#process())
  }

  get clients(): readonly string[] {
    return this.processes.flatMap(({ clients }) => clients)
  }

  /** Ends the process at once, also with messages under way, and replaces it. */
  kill(index: number): void {
    const dead = this.processes[index]
    if (dead !== undefined) this.#quota.remove(dead)
    this.processes[index] = this.#process()
  }

  deliverAll(): void {
    const deliverSome = (): boolean =>
      this.processes.some((process) => process.deliver('to') || process.deliver('from'))
    while (deliverSome());
  }

  #process(): Process {
    return new Process(this.#limits, this.#quota)
  }
}

const step = fc.record({
  what: fc.constantFrom('enter', 'enter', 'leave', 'to', 'from', 'kill'),
  index: fc.nat(PROCESSES - 1),
  address: fc.constantFrom('a', 'b'),
})
const limits = fc.record({ maxConnections: fc.nat(9), maxPerAddress: fc.nat(7) })
type Limits = { readonly maxConnections: number; readonly maxPerAddress: number }

/** How many more clients of an address the limits allow. */
function room(proxy: Proxy, address: string, { maxConnections, maxPerAddress }: Limits): number {
  const { clients } = proxy
  const own = clients.filter((one) => one === address).length
  return Math.min(
    maxConnections === 0 ? Infinity : maxConnections - clients.length,
    maxPerAddress === 0 ? Infinity : maxPerAddress - own,
  )
}

describe('ConnectionQuota', () => {
  it('ConnectionQuota never lets the processes together exceed a limit, for random message delays', () => {
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 120 }), (given, steps) => {
        const proxy = new Proxy(given)
        for (const { what, index, address } of steps) {
          const process = proxy.processes[index]
          if (what === 'enter') process?.enter(address)
          else if (what === 'leave') process?.leave()
          else if (what === 'kill') proxy.kill(index)
          else process?.deliver(what === 'to' ? 'to' : 'from')
          for (const one of ['a', 'b']) {
            expect(room(proxy, one, given)).toBeGreaterThanOrEqual(0)
          }
        }
        proxy.deliverAll()
      }),
    )
  })

  it('ConnectionQuota counts clients that come from another process, also under a key that it counts', () => {
    const come = fc.record({ index: fc.nat(PROCESSES - 1), count: fc.nat(4) })
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 60 }), come, (given, steps, coming) => {
        const proxy = new Proxy(given)
        for (const { what, index, address } of steps) {
          if (what === 'enter') proxy.processes[index]?.enter(address)
          else if (what === 'leave') proxy.processes[index]?.leave()
          proxy.deliverAll()
        }
        for (let left = coming.count; left > 0; left -= 1) {
          proxy.processes[coming.index]?.take('a')
          proxy.deliverAll()
        }
        for (const process of proxy.processes) {
          const hasRoom = room(proxy, 'a', given) > 0
          process.enter('a')
          proxy.deliverAll()
          expect(process.answers.at(-1) === undefined).toBe(hasRoom)
        }
      }),
    )
  })

  it('ConnectionQuota refuses no client while there is room, and answers every request', () => {
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 120 }), (given, steps) => {
        const proxy = new Proxy(given)
        for (const { what, index, address } of steps) {
          const process = proxy.processes[index]
          const hasRoom = room(proxy, address, given) > 0
          const answered = process?.answers.length ?? 0
          if (what === 'enter') process?.enter(address)
          else if (what === 'kill') proxy.kill(index)
          else process?.leave()
          proxy.deliverAll()
          if (what !== 'enter') continue
          expect(process?.answers).toHaveLength(answered + 1)
          expect(process?.answers.at(-1) === undefined).toBe(hasRoom)
        }
      }),
    )
  })
})

function statuses(clients: readonly RawClient[]): readonly (string | undefined)[] {
  return clients.map(({ head }) => head?.slice(9, 12))
}

describe('a proxy with two workers', () => {
  it.each([
    ['maxPerAddress', 6, { maxPerAddress: 6 }],
    ['maxConnections', 6, { maxConnections: 6 }],
    ['a maxPerAddress below the number of workers', 1, { maxPerAddress: 1 }],
  ])(
    'a proxy with two workers accepts exactly as many simultaneous clients as %s allows',
    async (_what, limit, given) => {
      await using proxy = spawnProxy(['server', 'FILE'], {
        file: proxyFile({
          backEnds: ['http://127.0.0.1:1/'],
          settings: { workers: 2, limits: given },
        }),
      })
      const port = await proxy.port()
      const crowd = (count: number) =>
        Promise.all(Array.from({ length: count }, () => RawClient.get({ port })))
      const clients = await crowd(limit)
      expect(statuses(clients)).toEqual(Array.from({ length: limit }, () => '200'))
      const others = await crowd(10)
      expect(statuses(others)).toEqual(Array.from({ length: 10 }, () => '503'))
      for (const client of [...clients, ...others]) client.socket.destroy()
    },
  )
})
