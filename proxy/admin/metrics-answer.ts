import type { Metric, Sample } from './metric.ts'

/** The metrics in the form of Dropwizard's servlet. Labels become part of the name. */
export function dropwizardMetrics(metrics: readonly Metric[]): object {
  const gauges: Record<string, { readonly value: number }> = {}
  const counters: Record<string, { readonly count: number }> = {}
  for (const metric of metrics) {
    for (const sample of metric.samples) {
      const name = dottedName(metric, sample)
      if (metric.type === 'gauge') gauges[name] = { value: sample.value }
      else counters[name] = { count: sample.value }
    }
  }
  return { version: '3.0.0', gauges, counters, histograms: {}, meters: {}, timers: {} }
}

/** The metrics in the text format of Prometheus. */
export async function prometheusMetrics(
  metrics: readonly Metric[],
): Promise<{ readonly type: string; readonly text: string }> {
  // Loaded on the first request, so that start-up does not wait for it.
  const { Counter, Gauge, Registry } = await import('prom-client')
  const registry = new Registry()
  for (const { name, help, type, labelNames, samples } of metrics) {
    const options = { name, help, labelNames, registers: [registry] }
    if (type === 'gauge') {
      const gauge = new Gauge(options)
      for (const { labels, value } of samples) gauge.set(labels, value)
    } else {
      const counter = new Counter(options)
      for (const { labels, value } of samples) counter.inc(labels, value)
    }
  }
  return { type: registry.contentType, text: await registry.metrics() }
}

function dottedName({ name }: Metric, { labels }: Sample): string {
  const plain = name.replace(/^sse_proxy_/, 'sse-proxy.').replace(/_total$/, '')
  return [plain, ...Object.values(labels)].join('.')
}
