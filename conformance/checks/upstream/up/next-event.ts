import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'

const MOST_CONNECTIONS = 3

/**
 * Writes an event on the target's new connection to the first back end, and waits for it at the client.
 * On a busy machine the target may replace that connection, too, because our head was late: the
 * next one gets the event then.
 */
export async function expectNextEvent(
  t: Rig,
  { client }: Stream,
  first: OriginExchange,
): Promise<void> {
  const hasCome = (): boolean => client.hasEvent('after')
  let upstream = first
  for (let connections = 1; ; connections += 1) {
    upstream.write('data: after\n\n')
    await t.eventually(() => hasCome() || upstream.closed)
    if (hasCome()) return
    if (!upstream.closed || connections === MOST_CONNECTIONS)
      t.fail('the next event did not reach the client', 'missed')
    upstream = await t.upstreamOf(t.backend)
  }
}
