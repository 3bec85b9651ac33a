import type { FrontFaults } from '../../http/front-faults.ts'
import { cutAfter } from '../../stages/cut.ts'
import type { Fault } from '../fault.ts'

/** Ways to cut a stream because of time. */
export const DURATION_FAULTS: readonly Fault<FrontFaults>[] = [
  cutting('idle-3', 'cuts streams that were silent for 3 s', 3000, () => true),
  cutting('idle-10', 'cuts streams that were silent for 10 s', 10_000, () => true),
  cutting('idle-10-data-only', 'cuts streams that had no data for 10 s', 10_000, (bytes) =>
    bytes.includes('data'),
  ),
  cutting('total-5', 'cuts streams after 5 s, whatever they carry', 5000, () => false),
  cutting('total-15', 'cuts streams after 15 s, whatever they carry', 15_000, () => false),
]

function cutting(
  name: string,
  description: string,
  limitMs: number,
  restarts: (bytes: Buffer) => boolean,
): Fault<FrontFaults> {
  return { name, description, points: () => ({ body: cutAfter(limitMs, restarts) }) }
}
