import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { Finding } from '../../../runner/outcome/verdict.ts'
import { servesOrdinaryRequest } from '../ordinary-request.ts'

/** Not an exception of the target: it does not implement, is full, or does not speak that version. */
const DELIBERATE = new Set([501, 503, 505])

/** A subscriber that must not notice what other clients do. */
export interface Healthy {
  /** Requires that it still gets events. `when` ends the finding. */
  stillGets(when: string): Promise<void>
}

/** An answer without content. */
export const EMPTY = { fields: [], framing: { length: 0 } } as const

/**
 * Runs an attack beside a healthy subscriber. Afterwards that one must still get events, and a new
 * client must be served. `what` names the attack in findings.
 */
export async function besideHealthy(
  t: Rig,
  what: string,
  attack: (healthy: Healthy) => Promise<string | void>,
): Promise<string | void> {
  const stream = await t.stream()
  await stream.arrives('data: before\n\n')
  const healthy = { stillGets: (when: string) => stillGets(t, stream, when) }
  const outcome = await attack(healthy)
  await healthy.stillGets(`after ${what}`)
  await servesNewClient(t, `after ${what}`)
  return outcome
}

/** Requires that a new client is served. `when` begins the finding. */
export async function servesNewClient(t: Rig, when: string): Promise<void> {
  try {
    await servesOrdinaryRequest(t)
  } catch (error) {
    if (!(error instanceof Finding) || error.kind !== 'broken') throw error
    const { message, symptom } = error
    throw new Finding('broken', `${when}, a new client was not served: ${message}`, symptom)
  }
}

async function stillGets(t: Rig, stream: Stream, when: string): Promise<void> {
  const data = t.token()
  stream.write(`data: ${data}\n\n`)
  const { client } = stream
  const isOver = (): boolean => client.hasEvent(data) || client.ending !== undefined
  // A target that still processes the attack is slow, not dead. Heartbeats show no progress.
  await t.eventuallyWhileGrowing(
    () => t.backend.requests.length + t.backend.origin.acceptedCount,
    isOver,
  )
  await t.eventuallyWhileReceiving(() => client.contentBytes, isOver)
  if (client.hasEvent(data)) return
  if (client.ending !== undefined)
    t.fail(`${client.ending}: another client lost its stream ${when}`, 'stream-ended')
  t.fail(`an event did not reach another client ${when}`, 'lost-event')
}

/** A client that sends these bytes, one per character; `{host}` and `{path}` are filled in. */
export function sends(t: Rig, text: string): RawClient {
  const { host } = new URL(t.frontUrl)
  const raw = text.replaceAll('{host}', host).replaceAll('{path}', t.path())
  return t.connect({ method: raw.split(' ')[0] ?? 'GET', raw: Buffer.from(raw, 'latin1') })
}

/**
 * Waits until a request is answered, refused or forwarded, and fails when the answer shows an
 * exception. Returns the status; undefined: the connection was closed.
 */
export async function isDealtWith(
  t: Rig,
  client: RawClient,
  what: string,
): Promise<number | undefined> {
  await t.requireEventually(() => {
    answerForwarded(t)
    return client.head !== undefined || client.closed || client.ending !== undefined
  }, `${what} was neither answered nor refused`)
  const status = client.head?.status
  t.expect(
    status === undefined || status < 500 || DELIBERATE.has(status),
    `${what} was answered with ${status}`,
  )
  client.close()
  return status
}

/** Gives an empty answer to what a gateway has forwarded. */
export function answerForwarded(t: Rig): void {
  if (t.role === 'concentrator') return
  for (const upstream of t.backend.requests) if (!upstream.answered) upstream.answer(EMPTY)
}
