import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { writeUntil } from '../../write-until.ts'

/** Writes an event on the target's new connection to the first back end, and waits for it. */
export async function expectNextEvent(
  t: Rig,
  { client }: Stream,
  first: OriginExchange,
): Promise<void> {
  if (!(await writeUntil(t, 'data: after\n\n', () => client.hasEvent('after'), { first })))
    t.fail('the next event did not reach the client', 'missed')
}
