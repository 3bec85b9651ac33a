import { settings } from '../settings/current-settings.ts'
import { summarise } from './summary.ts'

/** Every scenario exports this function. k6 calls it at the end of the test. */
export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
