import type { FrontFaults } from '../../http/front-faults.ts'
import { cutAfter } from '../../stages/cut.ts'
import type { Fault } from '../fault.ts'

/** Faults that end a stream after a time. */
export const DURATION_FAULTS: readonly Fault<FrontFaults>[] = [
  cutting('idle-3', 'ends streams after 3 s of silence', 3000, () => true),
  cutting('idle-10', 'ends streams after 10 s of silence', 10_000, () => true),
  cutting('idle-10-data-only', 'ends streams after 10 s without data', 10_000, (bytes) =>
    bytes.includes('data'),
  ),
  cutting('total-5', 'ends every stream after 5 s', 5000, () => false),
  cutting('total-20', 'ends every stream after 20 s', 20_000, () => false),
  cutting('total-15', 'ends every stream after 15 s', 15_000, () => false),
]

function cutting(
  name: string,
  description: string,
  limitMs: number,
  restarts: (bytes: Buffer) => boolean,
): Fault<FrontFaults> {
  return { name, description, points: () => ({ body: cutAfter(limitMs, restarts) }) }
}
