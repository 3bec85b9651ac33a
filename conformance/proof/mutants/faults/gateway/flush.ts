import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { fieldValue, type ResponseHead } from '../../http/head.ts'
import { holdUntil } from '../../stages/hold.ts'
import { when } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'

/** Gateway faults that buffer depending on the back end's response. */
export const GATEWAY_FLUSH_FAULTS: readonly Fault<RelayFaults>[] = [
  buffersIf(
    'exact-ct-match',
    'streams only a Content-Type of exactly text/event-stream',
    (head) => fieldValue(head, 'content-type') !== 'text/event-stream',
  ),
  buffersIf(
    'buffer-unless-x-accel',
    'streams only responses with X-Accel-Buffering: no',
    (head) => fieldValue(head, 'x-accel-buffering') !== 'no',
  ),
  buffersIf(
    'x-accel-misread',
    'buffers responses with X-Accel-Buffering: no',
    (head) => fieldValue(head, 'x-accel-buffering') === 'no',
  ),
  {
    name: 'flush-on-data-only',
    description: 'holds comments until the next data',
    points: () => ({ body: holdUntil(({ newest }) => newest.includes('data')) }),
  },
]

function buffersIf(
  name: string,
  description: string,
  applies: (head: ResponseHead) => boolean,
): Fault<RelayFaults> {
  const body = when(
    ({ response }) => applies(response),
    holdUntil(() => false),
  )
  return { name, description, points: () => ({ body }) }
}
