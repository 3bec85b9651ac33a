import type { Settings } from '../knobs.ts'
import { wholeNumber } from '../http/whole-number.ts'

/**
 * `?count=` of a page. Throws `bad-request` for everything but a whole number in range. [protocol
 * §1.10]
 */
export function readCount({ defaultCount, maxCount }: Settings, count: unknown): number {
  return count === undefined ? defaultCount : wholeNumber(count, 'count', { min: 1, max: maxCount })
}
