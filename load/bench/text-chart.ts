export interface Bar {
  readonly label: string
  readonly value: number
  /** Shown after the bar. */
  readonly text: string
}

const WIDTH = 50
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Bars on a common scale that begins at 0, for a code block. */
export function textChart(bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE)
  const labels = Math.max(...bars.map(({ label }) => label.length))
  return bars
    .map(({ label, value, text }) => {
      const eighths = Math.round((value / most) * WIDTH * EIGHTHS.length)
      const full = Math.floor(eighths / EIGHTHS.length)
      const bar = '█'.repeat(full) + (EIGHTHS[eighths % EIGHTHS.length] ?? '')
      return `${label.padEnd(labels)}  ${bar} ${text}`
    })
    .join('\n')
}
