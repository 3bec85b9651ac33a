import type { RawClient } from '../../client/raw-client.ts'
import { GAP_EVENT } from '../../rig/front-side.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'

export function dataOf(client: RawClient): readonly string[] {
  return client.events.map(({ data }) => data.toString())
}

/** How many gap events the client got. */
export function gapsOf(client: RawClient): number {
  return client.items.filter((item) => item.kind === 'event' && item.type.toString() === GAP_EVENT)
    .length
}

/**
 * Whether the target may have told every client of a gap: one with short timeouts replaces a
 * connection because this machine is slow.
 */
export function mayHaveToldOfOutage({ client, upstream }: Stream): boolean {
  return upstream.closed || gapsOf(client) > 0
}

export const TOO_SLOW =
  'the target told of an outage of a back end: this machine is too slow for it'

/** The smallest log that a target may have. */
const LEAST_LOG_EVENTS = 100

/**
 * Whether a client got the gap event instead of this many missed events, as is right when the log of
 * the target is smaller.
 */
export function exceedsLog(client: RawClient, missed: number): boolean {
  return missed > LEAST_LOG_EVENTS && gapsOf(client) > 0
}

/** Skips a check that needs a larger log than the target has. */
export function skipIfBeyondLog(t: Rig, client: RawClient, missed: number): void {
  if (exceedsLog(client, missed))
    t.skip(`the target keeps fewer than ${missed} events: it sent the gap event`)
}

/** A client that has read one event with this data, and the id of that event. */
export async function streamWithEvent(
  t: Rig,
  data: string,
): Promise<{ readonly stream: Stream; readonly id: string }> {
  const stream = await t.stream()
  await stream.arrives(`data: ${data}\n\n`)
  return { stream, id: idOf(t, stream, data) }
}

/** An id as a browser writes it into a query: the text of its bytes, percent-encoded. */
export function inQuery(id: string): string {
  return encodeURIComponent(Buffer.from(id, 'latin1').toString())
}

/** The same with every byte percent-encoded. */
export function inQueryEscaped(id: string): string {
  const bytes = [...Buffer.from(id, 'latin1')]
  return bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

/** The id under which the client got the event with this data. */
export function idOf(t: Rig, stream: Stream, data: string): string {
  const event = stream.client.events.findLast((candidate) => candidate.data.toString() === data)
  const id = event?.lastEventId.toString('latin1') ?? ''
  t.expect(id !== '', 'events come without an id; no client could resume')
  return id
}
