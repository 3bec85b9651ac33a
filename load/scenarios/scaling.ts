import { proveDelivery } from '../lib/prove-delivery.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)

export const options = partsOf(settings, NOTHING_LOST)

/** The same proof as smoke, with as many streams as the profile says, over several processes when one cannot hold them. */
export default function scaling(): Promise<void> {
  return proveDelivery(settings)
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
