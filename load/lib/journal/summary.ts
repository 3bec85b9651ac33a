/** The part of k6's end-of-test data that is used here. */
interface SummaryData {
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly values: Readonly<Record<string, number>>
        readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>
      }
    >
  >
}

/** The data as JSON for a file, or a short text for the screen. */
export function summarise(data: SummaryData, path: string | undefined): Record<string, string> {
  if (path !== undefined) return { [path]: JSON.stringify(data) }
  const lines = Object.entries(data.metrics)
    .filter(([name]) => name === 'checks' || name.startsWith('sse_'))
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([name, { values, thresholds = {} }]) => {
      const broken = Object.keys(thresholds).filter((rule) => thresholds[rule]?.ok === false)
      const shown = Object.entries(values).map(([key, value]) => `${key}=${round(value)}`)
      return `${broken.length > 0 ? '✗' : ' '} ${name.padEnd(18)} ${shown.join(' ')} ${broken.join(' ')}`
    })
  return { stdout: `\n${lines.join('\n')}\n` }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
