import { markdownTable } from '../markdown-table.ts'
import { textChart } from '../text-chart.ts'
import type { Standing } from './standing.ts'

/**
 * All standings as Markdown: the cost of holding clients, the time of one event, the result of a
 * storm.
 */
export function standingsTable(standings: readonly Standing[]): string {
  return [
    '### Holding the clients',
    holding(standings),
    '### One event to all of them',
    events(standings),
    lastClientChart(standings, standings[0]?.steps.at(-1)?.name),
    '### Half of them reconnect at once',
    storms(standings),
  ].join('\n\n')
}

function holding(standings: readonly Standing[]): string {
  const rows = standings.map(({ name, source, steps, faults }) => {
    const faultCounts = [faults.lost, faults.repeated, faults.reordered].map(whole).join(' / ')
    const last = steps.at(-1)
    if (last === undefined) return [name, source]
    const { clients, fewestOpen, mostOpen, residentBytes, kernelBytes } = last
    const from = fewestOpen === mostOpen ? '' : `${whole(fewestOpen)} to `
    const held = `${from}${whole(mostOpen)} of ${whole(clients)}`
    return [name, source, held, kibibytes(residentBytes), kibibytes(kernelBytes), faultCounts]
  })
  const head = ['', 'how events arrive', 'streams held', 'resident, each', 'kernel, each']
  return markdownTable([...head, 'lost / twice / out of order'], ...rows)
}

function events(standings: readonly Standing[]): string {
  const sizes = standings[0]?.steps.map(({ clients }) => whole(clients)) ?? []
  const rows = standings.map(({ name, steps }) => {
    const times = steps.map(({ latency }) => {
      return [latency?.p50, latency?.p99, latency?.lastP50].map(milliseconds).join(' / ')
    })
    const cpu = steps.at(-1)?.cpuMicros ?? Number.NaN
    return [name, ...times, `${cpu.toFixed(1)} µs`]
  })
  return markdownTable(
    ['p50 / p99 / last client', ...sizes, 'processor time, each delivery'],
    ...rows,
  )
}

function lastClientChart(standings: readonly Standing[], size: string | undefined): string {
  const bars = standings.map(({ name, steps }) => {
    const last = steps.find((step) => step.name === size)?.latency?.lastP50
    return { label: name, value: last ?? 0, text: milliseconds(last) }
  })
  return `Last client, ${size ?? ''}:\n\n\`\`\`text\n${textChart(bars)}\n\`\`\``
}

function storms(standings: readonly Standing[]): string {
  const rows = standings.map(({ name, storm }) => {
    if (storm === undefined) return [name, '-', '-', '-', '-']
    const { returned, failed, returnMs, replayMs, replayedShare, repeatedShare } = storm
    const back = failed === 0 ? whole(returned) : `${whole(returned)}, ${whole(failed)} refused`
    return [
      name,
      back,
      milliseconds(returnMs),
      replayed(replayedShare, repeatedShare),
      milliseconds(replayMs),
    ]
  })
  return markdownTable(
    ['', 'returned', 'all heads after', 'missed events replayed', 'all after'],
    ...rows,
  )
}

/** A table and a chart for each number of clients. */
export function sizesTables(standings: readonly Standing[]): string {
  const names = standings[0]?.steps.map(({ name }) => name) ?? []
  const head = ['', 'p50', 'p99', 'last client', 'memory', 'after the events']
  const costs = ['CPU to connect', 'CPU per delivery']
  const sections = names.flatMap((size) => {
    const rows = standings.map(({ name, steps }) => {
      const step = steps.find((candidate) => candidate.name === size)
      const { p50, p99, lastP50 } = step?.latency ?? {}
      return [
        name,
        ...[p50, p99, lastP50].map(milliseconds),
        ...[step?.residentBytes, step?.servedBytes].map((bytes) => kibibytes(bytes ?? Number.NaN)),
        `${step?.connectMicros.toFixed(0) ?? '-'} µs`,
        `${step?.cpuMicros.toFixed(1) ?? '-'} µs`,
      ]
    })
    return [
      `**${size}**`,
      markdownTable([...head, ...costs], ...rows),
      lastClientChart(standings, size),
    ]
  })
  return sections.join('\n\n')
}

function replayed(share: number, repeatedShare: number): string {
  const came = share === 0 ? 'none' : share === 1 ? 'all' : `${(share * 100).toFixed(1)} %`
  if (repeatedShare === 0) return came
  return `${came}, and ${(repeatedShare * 100).toFixed(0)} % sent again`
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined || Number.isNaN(ms) ? '-' : `${whole(ms)} ms`
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
