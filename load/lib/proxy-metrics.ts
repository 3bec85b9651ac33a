import { sleep } from 'k6'
import http from 'k6/http'

/** What a proxy says of itself, where it has metrics for Prometheus. */
export interface ProxyMetrics {
  /** Number of open streams of all proxies, once it is the one wanted or after the time given. */
  clientsWithin(wanted: number, timeoutMs: number): number
}

/** `urls` are pages of metrics, one for each proxy with clients; `gauge` is the name of the metric that counts open streams. */
export function createProxyMetrics(urls: readonly string[], gauge: string): ProxyMetrics {
  const sample = new RegExp(`^${gauge}(?:\\{[^}]*\\})?\\s+([0-9.e+]+)`, 'gm')

  function clientsOf(url: string): number {
    const response = http.get(url, { tags: { name: 'control' } })
    const text = typeof response.body === 'string' ? response.body : ''
    const values = [...text.matchAll(sample)].map(([, value]) => Number(value))
    if (values.length > 0) return values.reduce((sum, value) => sum + value, 0)
    throw new Error(`GET ${url}: expected metrics with ${gauge}, got ${response.status}`)
  }

  return {
    clientsWithin(wanted, timeoutMs) {
      const deadlineMs = Date.now() + timeoutMs
      for (;;) {
        const clients = urls.reduce((sum, url) => sum + clientsOf(url), 0)
        if (clients === wanted || Date.now() > deadlineMs) return clients
        sleep(0.1)
      }
    },
  }
}
