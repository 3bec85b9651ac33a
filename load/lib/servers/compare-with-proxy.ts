import { expectEqual } from '../journal/checks.ts'
import { settings } from '../settings/current-settings.ts'
import { createProxyMetrics } from './proxy-metrics.ts'

/** Detects streams that only one side considers open. */
export function compareWithProxy(when: string): void {
  if (settings.metrics.length === 0) return
  const { streams } = settings.profile
  const metrics = createProxyMetrics(settings.metrics, settings.clientsGauge)
  const counted = metrics.clientsWithin(streams, settings.patienceMs)
  expectEqual(`the proxy counts as many streams ${when}`, counted, streams)
}
