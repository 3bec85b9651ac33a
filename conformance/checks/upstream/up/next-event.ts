import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'

/** Writes an event on the target's new connection to the back end, and waits for it at the client. */
export async function expectNextEvent(
  t: Rig,
  { client }: Stream,
  upstream: OriginExchange,
): Promise<void> {
  upstream.write('data: after\n\n')
  await t.requireEventually(
    () => client.hasEvent('after'),
    'the next event did not reach the client',
  )
}
