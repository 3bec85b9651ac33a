import type { Rig } from '../../rig/rig.ts'

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
  await t.opens(client)
  const data = t.token()
  const upstream = await t.upstreamOf(t.backend)
  upstream.write(`data: ${data}\n\n`)
  await t.requireEventually(() => client.hasEvent(data), 'an ordinary client got no event')
  client.close()
}
