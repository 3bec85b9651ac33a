import { sleep } from 'k6'
import http from 'k6/http'

import { sumOfGauge } from './sum-of-gauge.ts'

/** A proxy's own metrics, in the Prometheus format. */
export interface ProxyMetrics {
  /**
   * Number of open streams of all proxies. Returns when it is `expected`, or after the given time.
   */
  clientsWithin(expected: number, timeoutMs: number): number
}

/**
 * `urls` are pages of metrics, one for each proxy with clients; `gauge` is the name of the metric
 * that counts open streams.
 */
export function createProxyMetrics(urls: readonly string[], gauge: string): ProxyMetrics {
  function clientsOf(url: string): number {
    const response = http.get(url, { tags: { name: 'control' } })
    const sum = sumOfGauge(typeof response.body === 'string' ? response.body : '', gauge)
    if (sum !== undefined) return sum
    throw new Error(`GET ${url}: expected metrics with ${gauge}, got ${response.status}`)
  }

  return {
    clientsWithin(expected, timeoutMs) {
      const deadlineMs = Date.now() + timeoutMs
      for (;;) {
        const clients = urls.reduce((sum, url) => sum + clientsOf(url), 0)
        if (clients === expected || Date.now() > deadlineMs) return clients
        sleep(0.1)
      }
    },
  }
}
