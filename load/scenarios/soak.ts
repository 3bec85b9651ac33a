import { proveDelivery } from '../lib/prove-delivery.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)

export const options = partsOf(settings, NOTHING_LOST)

/** The same proof as smoke, round after round with a pause between: for what only time shows, such as memory that grows. */
export default function soak(): Promise<void> {
  return proveDelivery(settings)
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
