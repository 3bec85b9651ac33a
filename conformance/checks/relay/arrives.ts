import type { RawClient } from '../../client/raw-client.ts'
import type { OriginExchange } from '../../origin/origin-exchange.ts'
import type { Rig } from '../../rig/rig.ts'
import { answerWhole } from './whole-exchange.ts'

/** A request that a check has written itself. */
export interface Sent {
  readonly client: RawClient
  /** The request at the back end; undefined until all of it has arrived. */
  readonly arrived: () => OriginExchange | undefined
}

/** Requires that a request reaches the back end. `what` names it in findings. */
export async function arrives(
  t: Rig,
  what: string,
  { client, arrived }: Sent,
): Promise<OriginExchange> {
  await t.requireEventually(
    () => arrived() !== undefined || client.head !== undefined || client.closed,
    `${what} was neither forwarded nor answered`,
  )
  const upstream = arrived()
  if (upstream !== undefined) return upstream
  t.requireReachable(client)
  return t.fail(
    `${what} did not reach the back end, and the client received ${client.head?.status ?? 'a close'}`,
  )
}

/**
 * Sends one more request, which is answered, on the connection of a client whose response has ended. Undefined: the
 * front had ended the connection, which it may [http/1.1 §9.3].
 */
export async function oneMore(
  t: Rig,
  client: RawClient,
  what: string,
): Promise<OriginExchange | undefined> {
  await t.eventually(() => client.closed, t.holdMs / 20)
  if (client.closed) return undefined
  const target = t.path()
  client.again({ target })
  const arrived = () => t.backend.requests.find(({ request }) => request.target === target)
  const upstream = await arrives(t, what, { client, arrived })
  await answerWhole(t, { client, upstream })
  return upstream
}
