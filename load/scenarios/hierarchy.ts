import { proveDelivery } from '../lib/prove-delivery.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)

export const options = partsOf(settings, NOTHING_LOST)

/** The same proof as smoke, through proxies that stand in front of a proxy: ids, replay and order must hold at each level. */
export default function hierarchy(): Promise<void> {
  return proveDelivery(settings)
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
