import { readMetrics } from '../admin/metrics.ts'

const START = '<!-- metrics: written from the code -->'
const END = '<!-- end of metrics -->'

/** A metric as the code describes it, without values. */
export interface DescribedMetric {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labelNames: readonly string[]
}

/** All metrics of the proxy. */
export function describedMetrics(): readonly DescribedMetric[] {
  const none = { client: 0, 'back-end': 0, admin: 0, worker: 0, timer: 0 }
  return readMetrics({
    backEnds: [],
    log: { frames: 0, bytes: 0 },
    ingest: { counts: { frames: 0, announced: 0 } },
    guard: { counts: none },
    row: () => undefined,
    connectors: () => [],
    upgrades: () => ({ moved: 0, drained: 0, done: 0, refused: 0, failed: 0 }),
    clients: () => [],
  })
}

/** The page with a table of all metrics between two marks. */
export function withMetrics(page: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)]
  if (start === -1 || end < start) throw new Error(`expected ${START} and then ${END} in the page`)
  const rows = describedMetrics().map(
    ({ name, help, type, labelNames }) =>
      `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |\n`,
  )
  const table = `| metric | type | label | meaning |\n|---|---|---|---|\n${rows.join('')}`
  return `${page.slice(0, start)}${START}\n\n${table}\n${page.slice(end)}`
}
