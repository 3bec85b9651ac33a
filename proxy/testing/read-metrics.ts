/**
 * The metrics of a running proxy, by name and labels as in the Prometheus text:
 * `streams_ended{reason="stalled"}`.
 */
export async function readMetrics(adminPort: number): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/metrics/prometheus`)
  const lines = (await response.text()).split('\n').filter((line) => !line.startsWith('#'))
  return new Map(
    lines.flatMap((line) => {
      const space = line.lastIndexOf(' ')
      return space === -1 ? [] : [[line.slice(0, space), Number(line.slice(space + 1))]]
    }),
  )
}
