import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import { writeUntil } from '../write-until.ts'

/** Requires that an ordinary request is served: the control before and after each unusual one. */
export async function servesOrdinaryRequest(t: Rig): Promise<void> {
  if (t.role === 'gateway') {
    const { client, upstream } = await t.relay()
    upstream.answer({ fields: [], framing: { length: 2 } })
    upstream.write('ok')
    await t.requireEventually(() => client.contentBytes === 2, 'an ordinary request was not served')
    client.close()
    return
  }
  const client = await t.connectInTime()
  await feeds(t, client)
  client.close()
}

/** Requires that a client of a concentrator gets a stream and an event. */
export async function feeds(t: Rig, client: RawClient): Promise<void> {
  await t.opens(client)
  const data = t.token()
  t.expect(
    await writeUntil(t, `data: ${data}\n\n`, () => client.hasEvent(data)),
    'an event did not reach a client that had its response head',
    'missed',
  )
}
