import type { RawClient } from '../../../client/raw-client.ts'
import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { servesOrdinaryRequest } from '../ordinary-request.ts'

/**
 * Waits until a request has a response, or its connection has ended. The back end of a gateway
 * sends an empty one.
 */
export async function isAnswered(t: Rig, client: RawClient): Promise<boolean> {
  const waiting = (): readonly OriginExchange[] =>
    t.backend.requests.filter(({ answered }) => !answered)
  const isOver = (): boolean => client.head !== undefined || client.closed
  await t.eventually(() => isOver() || waiting().length > 0)
  return await t.eventually(() => {
    for (const upstream of waiting()) upstream.answer({ fields: [], framing: { length: 0 } })
    return isOver()
  })
}

/** Requires that an unusual but valid request is served like any other. */
export async function isServed(t: Rig, client: RawClient): Promise<void> {
  t.expect(await isAnswered(t, client), 'the request was not answered')
  t.expect(
    client.head?.status === 200,
    `the request was answered with ${client.head?.status ?? 'a close'}`,
  )
}

/** The same for a request that a check has written itself, with `{host}` in it. */
export async function serves(t: Rig, request: string): Promise<void> {
  await servesOrdinaryRequest(t)
  const { host } = new URL(t.frontUrl)
  await isServed(t, t.connect({ raw: Buffer.from(request.replaceAll('{host}', host)) }))
}
