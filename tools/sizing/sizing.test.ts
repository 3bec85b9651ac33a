import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { FIGURES } from './figures.ts'
import { simulate } from './simulate.ts'
import { clientsPerMachine, sizeOf } from './size-of.ts'
import { DEFAULTS, pageWithTable } from './sizing-page.ts'

const { eventsPerSecond, machine } = DEFAULTS
/** Events come at equal intervals. */
const steadily = (): number => 0.5

describe('sizing', () => {
  it('docs/scaling.md has the table of today (npm run sizing -- --write)', () => {
    const page = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8')
    expect(pageWithTable(page)).toBe(page)
  })

  it('a machine serves what its processor, its memory and its open files allow', () => {
    const demand = { eventsPerSecond, machine }
    const most = clientsPerMachine(demand)
    const half = (machine.cores * 1e6) / 2
    expect(most).toBe(Math.floor(half / FIGURES.deliveryMicros / eventsPerSecond))
    expect(clientsPerMachine({ ...demand, eventsPerSecond: 2 * eventsPerSecond })).toBe(
      Math.floor(most / 2),
    )
    const small = { ...machine, files: 1500 }
    expect(clientsPerMachine({ ...demand, machine: small })).toBe(8 * 1000)
    const narrow = { ...machine, memoryGiB: 5 }
    expect(clientsPerMachine({ ...demand, machine: narrow })).toBeLessThan(most)
  })

  it('more than one machine is one more than is needed, and a tree when Redis has too many readers', () => {
    const most = clientsPerMachine({ eventsPerSecond, machine })
    const sizes = [most, most + 1, 1000 * most].map((clients) =>
      sizeOf({ clients, eventsPerSecond, machine }),
    )
    expect(sizes).toMatchObject([
      { kind: 'one proxy', proxies: 1, rows: 0 },
      { kind: 'a row', proxies: 3, rows: 1 },
      { kind: 'a tree', proxies: 1001, rows: 6 },
    ])
  })

  it('a machine that serves no client is refused', () => {
    const demand = { clients: 1, eventsPerSecond, machine: { ...machine, memoryGiB: 1 } }
    expect(() => sizeOf(demand)).toThrow('take larger ones')
  })

  it('a queue makes events wait when they come faster than it serves them', () => {
    const demand = { clients: 28_000, eventsPerSecond, machine }
    const size = sizeOf(demand)
    const calm = simulate(size, demand, steadily)
    const slow = simulate({ ...size, clientsPerProxy: 1_000_000 }, demand, steadily)
    expect(calm.p50).toBeCloseTo((28_000 * FIGURES.deliveryMicros) / 1000 / machine.cores, 5)
    expect(calm.p99).toBe(calm.p50)
    expect(slow.p99).toBeGreaterThan(100_000)
  })
})
