import type { Machine } from './figures.ts'
import { seededRandom } from './seeded-random.ts'
import { simulate } from './simulate.ts'
import { sizeOf } from './size-of.ts'

export interface TableOptions {
  readonly clients: readonly number[]
  readonly eventsPerSecond: number
  readonly machine: Machine
}

const SEED = 1

/** One line per number of clients, as Markdown. The same options give the same table. */
export function sizingTable({ clients, ...rest }: TableOptions): string {
  const rows = clients.map((number) => {
    const demand = { ...rest, clients: number }
    const size = sizeOf(demand)
    const { p50, p99 } = simulate(size, demand, seededRandom(SEED))
    const kind = size.kind === 'a tree' ? `a tree of ${size.rows} rows` : size.kind
    return [
      whole(number),
      kind,
      whole(size.proxies),
      whole(size.clientsPerProxy),
      String(size.storeConnections),
      `${(size.engineLoad * 100).toFixed(0)} %`,
      `${gigabits(size.bitsPerSecond)} Gbit/s`,
      `${whole(p50)} / ${whole(p99)} ms`,
    ]
  })
  const head = ['clients', 'take', 'proxies', 'clients each', 'connections to a back end']
  const lines = [[...head, 'Redis, of a core', 'to clients', 'last client, p50 / p99'], ...rows]
  lines.splice(1, 0, lines[0]?.map(() => '---') ?? [])
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function gigabits(bits: number): string {
  return bits < 1e10 ? (bits / 1e9).toFixed(1) : whole(bits / 1e9)
}
