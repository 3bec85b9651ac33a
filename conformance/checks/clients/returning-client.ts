import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'

/**
 * A client that reconnects with the id of an event: in the header, or in the request target when
 * one is given.
 */
export async function returnWith(t: Rig, id: string, target?: string): Promise<RawClient> {
  const fields = target === undefined ? [{ name: 'Last-Event-ID', value: id }] : []
  const client = t.connect(target === undefined ? { fields } : { target })
  await t.opens(client)
  return client
}
