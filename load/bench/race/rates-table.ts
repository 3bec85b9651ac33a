import { markdownTable } from '../markdown-table.ts'
import type { Standing } from './standing.ts'

interface Rates {
  readonly clients: number
  readonly seconds: number
  readonly perSecond: readonly number[]
}

/** One server at several rates of events, as Markdown. */
export function ratesTable({ clients, seconds, perSecond }: Rates, standing: Standing): string {
  const rows = standing.steps.map((step, index) => [
    String(perSecond[index] ?? ''),
    `${thousands((perSecond[index] ?? 0) * step.open)} k`,
    `${thousands(1e6 / step.cpuMicros)} k`,
    `${step.latency?.p50.toFixed(0) ?? '-'} ms`,
    `${step.latency?.p99.toFixed(0) ?? '-'} ms`,
    step.framesPerWrite?.toFixed(1) ?? '-',
    step.stallMs === undefined ? '-' : `${step.stallMs.toFixed(1)} ms`,
  ])
  const head = ['events/s', 'delivered/s', 'per second of processor time', 'p50', 'p99']
  return [
    `**Events at a rate, ${clients} clients, ${seconds} s, one process of this proxy**`,
    markdownTable([...head, 'events per write', 'longest stall of the event loop'], ...rows),
  ].join('\n\n')
}

function thousands(value: number): string {
  return (value / 1000).toFixed(0)
}
