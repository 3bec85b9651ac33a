import { sizingTable, type TableOptions } from './sizing-table.ts'

const BEGIN = '<!-- npm run sizing -- --write -->'
const END = '<!-- end of sizing -->'

/** Of the table in docs/scaling.md. */
export const DEFAULTS: TableOptions = {
  clients: [28_000, 200_000, 2_000_000, 20_000_000],
  eventsPerSecond: 10,
  machine: { cores: 8, memoryGiB: 16, files: 20_000 },
}

/** The page with the table of today's figures. */
export function pageWithTable(page: string): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from === -1 || to < from) throw new Error(`expected ${BEGIN} and ${END} in the page`)
  return `${page.slice(0, from)}${BEGIN}\n\n${sizingTable(DEFAULTS)}\n\n${page.slice(to)}`
}
