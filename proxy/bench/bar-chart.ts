const WIDTH = 40

/** Bars for a text page, the longest as wide as the chart. */
export function barChart(
  rows: readonly { readonly name: string; readonly value: number }[],
  unit: string,
): readonly string[] {
  const longest = Math.max(...rows.map(({ value }) => value))
  const names = Math.max(...rows.map(({ name }) => name.length))
  return [
    '```text',
    ...rows.map(({ name, value }) => {
      const bar = '█'.repeat(Math.max(1, Math.round((value / longest) * WIDTH)))
      return `${name.padEnd(names)}  ${bar} ${value.toFixed(0)} ${unit}`
    }),
    '```',
  ]
}
