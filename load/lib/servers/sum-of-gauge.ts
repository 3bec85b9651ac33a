const LABELS_AND_VALUE = /^(?:\{[^}]*\})?[ \t]+([-+0-9.eE]+)/

/**
 * Sum over all label values of one metric, from a page in the Prometheus text format; undefined =
 * it is not there.
 */
export function sumOfGauge(page: string, gauge: string): number | undefined {
  const values = page
    .split('\n')
    .filter((line) => line.startsWith(gauge))
    .map((line) => LABELS_AND_VALUE.exec(line.slice(gauge.length))?.[1])
    .filter((value) => value !== undefined)
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + Number(value), 0)
}
