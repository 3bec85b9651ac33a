import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'

const TRIES = 3

/**
 * A client whose request was sent within the time that the target claims to wait for one: a busy
 * machine may be later, and is rightly refused.
 */
async function connectInTime(t: Rig): Promise<RawClient> {
  const limitMs = t.claims.requestWithinMs
  for (let tries = 1; ; tries += 1) {
    const startMs = performance.now()
    const client = t.connect()
    if (limitMs === undefined) return client
    await t.eventually(() => client.connected || client.closed)
    const sentAfterMs = performance.now() - startMs
    await t.eventually(() => client.head !== undefined || client.closed)
    const isLate = sentAfterMs > limitMs / 2 && client.head === undefined
    if (!isLate || tries === TRIES) return client
  }
}

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
  const client = await connectInTime(t)
  await t.opens(client)
  const data = t.token()
  const upstream = await t.upstreamOf(t.backend)
  upstream.write(`data: ${data}\n\n`)
  await t.requireEventually(() => client.hasEvent(data), 'an ordinary client got no event')
  client.close()
}
