import { htmlText } from '../escape.ts'
import type { LatencyRow } from '../merge.ts'

const WIDTH = 640
const ROW = 34
const LABEL = 250

/**
 * One bar for each step, from the median to the slowest, on a common scale, as self-contained SVG.
 */
export function latencyChart(rows: readonly LatencyRow[]): string {
  const longest = Math.max(1, ...rows.map(({ max, lastMax = 0 }) => Math.max(max, lastMax)))
  const x = (ms: number) => LABEL + (ms / longest) * (WIDTH - LABEL - 60)
  const bars = rows.map(({ step, p50, p95, p99, max, lastP50 }, index) => {
    const y = index * ROW
    const last = lastP50 === undefined ? '' : tick(x(lastP50), y, 'last stream, median')
    return `<g><text x="0" y="${y + 19}">${htmlText(step)}</text>
<rect x="${LABEL}" y="${y + 8}" width="${x(max) - LABEL}" height="14" opacity=".2"><title>max ${max} ms</title></rect>
<rect x="${LABEL}" y="${y + 8}" width="${x(p99) - LABEL}" height="14" opacity=".35"><title>p99 ${p99} ms</title></rect>
<rect x="${LABEL}" y="${y + 8}" width="${x(p95) - LABEL}" height="14" opacity=".55"><title>p95 ${p95} ms</title></rect>
<rect x="${LABEL}" y="${y + 8}" width="${x(p50) - LABEL}" height="14"><title>p50 ${p50} ms</title></rect>${last}
<text x="${x(max) + 6}" y="${y + 19}">${Math.round(max)} ms</text></g>`
  })
  const height = rows.length * ROW
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="latency by step">${bars.join('\n')}</svg>`
}

function tick(x: number, y: number, title: string): string {
  return `<line x1="${x}" x2="${x}" y1="${y + 3}" y2="${y + 27}"><title>${title}</title></line>`
}
