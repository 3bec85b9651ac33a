import type { PhaseCpu } from '../../process/usage.ts'
import { htmlText } from '../escape.ts'
import type { FaultGroup } from '../fault-groups.ts'
import { latencyChart } from './latency-chart.ts'
import type { LatencyRow } from '../merge.ts'
import type { Outcome } from '../outcome.ts'
import { counted } from '../counted.ts'

/** Kinds of faults that are not folded. */
const MOST_FAULTS = 20

/** The outcome as one self-contained HTML file: checks, faults and charts first. */
export function htmlReport(outcome: Outcome): string {
  const { scenario, profile, targets, store, startedAt, tookMs, machine, spread, isOk } = outcome
  const title = `${scenario} (${profile}): ${isOk ? 'passed' : 'failed'}`
  const facts: readonly (readonly [string, string])[] = [
    ['targets', targets.join(', ')],
    ['store', store],
    [
      'streams',
      `${number(spread.streams)} in ${spread.processes} k6, ${counted(spread.shards, 'fleet')}`,
    ],
    ['started', startedAt],
    ['took', `${(tookMs / 1000).toFixed(1)} s`],
    [
      'machine',
      `${counted(machine.cpus, 'CPU')}, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB, ${machine.system}`,
    ],
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title>
<style>${STYLE}</style>
<h1 class="${isOk ? 'ok' : 'bad'}">${htmlText(title)}</h1>
<p>${facts.map(([name, value]) => `${htmlText(name)} <b>${htmlText(value)}</b>`).join(' · ')}</p>
${skippedList(outcome.skipped)}
<h2>Checks</h2>
${table(
  ['', 'check', 'got'],
  failedFirst(outcome.checks).map(({ isOk: ok, name, detail }) => [
    mark(ok),
    htmlText(name),
    htmlText(detail),
  ]),
)}
${faultList(outcome.faultGroups)}
${latencyTable(outcome.latencies)}
<h2>Thresholds</h2>
${table(
  ['', 'metric', 'rule, for each k6', 'got, of all'],
  failedFirst(outcome.thresholds).map(({ isOk: ok, metric, rule, got }) => [
    mark(ok),
    htmlText(metric),
    htmlText(rule),
    htmlText(got),
  ]),
)}
<h2>Phases</h2>
${timeline(outcome)}
<h2>Streams</h2>
${table(
  [],
  Object.entries(outcome.stats).map(([name, value]) => [htmlText(name), number(value)]),
)}
<h2>Processes</h2>
${table(
  ['process', 'memory, idle', 'idle, last round', 'peak', 'CPU'],
  outcome.usage.map(({ name, idleBytes, lastIdleBytes, peakBytes, cpuMs }) => [
    htmlText(name),
    megabytes(idleBytes),
    megabytes(lastIdleBytes),
    megabytes(peakBytes),
    `${number(cpuMs / 1000)} s`,
  ]),
)}
${phaseCpuTable(outcome.cpuByPhase)}
<h2>Metrics</h2>
${table(
  ['metric', 'values'],
  Object.entries(outcome.metrics).map(([name, values]) => [
    htmlText(name),
    htmlText(
      Object.entries(values)
        .map(([key, value]) => `${key} ${number(value)}`)
        .join(', '),
    ),
  ]),
)}
</html>
`
}

/** One bar for each phase, on a common time axis. */
function timeline({ phases }: Outcome): string {
  const totalMs = Math.max(
    1,
    phases.reduce((sum, { tookMs }) => sum + tookMs, 0),
  )
  let startMs = 0
  const rows = phases.map(({ name, tookMs, facts }) => {
    const bar = `<div class="bar" style="margin-left:${percent(startMs)};width:${percent(tookMs)}"></div>`
    startMs += tookMs
    const results = Object.entries(facts)
      .filter(([key]) => key !== 'tookMs')
      .map(([key, value]) => `${key} ${number(value)}`)
    return [
      htmlText(name),
      `${number(tookMs)} ms`,
      `<div class="track">${bar}</div>`,
      htmlText(results.join(', ')),
    ]
  })
  return table(['phase', 'took', '', 'result'], rows)

  function percent(ms: number): string {
    return `${((100 * ms) / totalMs).toFixed(2)}%`
  }
}

function latencyTable(rows: readonly LatencyRow[]): string {
  if (rows.length === 0) return ''
  const head = [
    'step',
    'events',
    'p50',
    'p95',
    'p99',
    'max',
    'last stream: median',
    'slowest',
    'own lag, at most',
  ]
  const cells = rows.map(({ step, count, p50, p95, p99, max, lastP50, lastMax, ownLagMax }) => {
    return [
      htmlText(step),
      number(count),
      ...[p50, p95, p99, max, lastP50, lastMax, ownLagMax].map(milliseconds),
    ]
  })
  return `<h2>Latency, from when an event is due to its arrival</h2><div class="wide">${latencyChart(rows)}</div>${CHART_LEGEND}${table(head, cells)}`
}

const CHART_LEGEND = `<p>From dark to light: p50, p95, p99, the slowest. The red line is the median time to the last stream, where a scenario records it. The own lag is how late the load tool sent an event: the other figures contain it.</p>`

function phaseCpuTable(cpuByPhase: readonly PhaseCpu[]): string {
  const names = [...new Set(cpuByPhase.flatMap(({ cpuMs }) => Object.keys(cpuMs)))]
  if (names.length === 0) return ''
  const rows = cpuByPhase.map(({ phase, cpuMs }) => [
    htmlText(phase),
    ...names.map((name) => milliseconds(cpuMs[name])),
  ])
  return `<h2>CPU, phase by phase</h2>${table(['phase', ...names.map(htmlText)], rows)}`
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${number(bytes / 1e6)} MB`
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '' : `${number(value)} ms`
}

function skippedList(skipped: readonly string[]): string {
  if (skipped.length === 0) return ''
  const items = skipped.map((text) => `<li>${htmlText(text)}</li>`)
  return `<h2>Not verified</h2><ul>${items.join('')}</ul>`
}

/** Each kind of fault once, with how many streams had it. */
function faultList(groups: readonly FaultGroup[]): string {
  if (groups.length === 0) return ''
  const all = groups.reduce((sum, { count }) => sum + count, 0)
  const items = groups.map(({ text, count }) => {
    const more = count === 1 ? '' : ` <small>and ${number(count - 1)} more like it</small>`
    return `<li>${htmlText(text)}${more}</li>`
  })
  const shown = items.slice(0, MOST_FAULTS).join('')
  const rest = items.slice(MOST_FAULTS).join('')
  const folded =
    rest === ''
      ? ''
      : `<details><summary>${counted(items.length - MOST_FAULTS, 'more kind')}</summary><ul>${rest}</ul></details>`
  return `<h2>Faults: ${number(all)}, of ${counted(groups.length, 'kind')}</h2><ul>${shown}</ul>${folded}`
}

function failedFirst<Row extends { readonly isOk: boolean }>(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => Number(a.isOk) - Number(b.isOk))
}

/** Cells are HTML. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const heading =
    head.length === 0 ? '' : `<tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr>`
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
  return `<div class="wide"><table>${heading}${body.join('\n')}</table></div>`
}

function mark(isOk: boolean): string {
  return isOk ? '<b class="ok">✓</b>' : '<b class="bad">✗</b>'
}

function number(value: number): string {
  return (Math.round(value * 1000) / 1000).toLocaleString('en')
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --bar: #3b82c4 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word }
h2 { margin-top: 2rem; font-size: 1.1rem }
table { border-collapse: collapse; width: 100% }
.wide { overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line) }
svg { width: 100%; min-width: 32rem; fill: var(--bar) }
svg text { fill: currentColor; font-size: 12px }
svg line { stroke: #d64545; stroke-width: 2 }
.ok { color: #2e8b57 }
.bad { color: #d64545 }
.track { width: min(16rem, 40vw); background: var(--line) }
.bar { height: 1rem; min-width: 2px; background: var(--bar) }
`
