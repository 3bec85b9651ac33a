import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import type { ClientSocket } from './client-socket.ts'
import { type BodyFraming, Subscriber } from './subscriber.ts'

/** What never changes of a stream that another process takes over. */
export interface StreamFacts {
  readonly framing: BodyFraming
  /** The client's address, which a proxy in between may have named. */
  readonly address: string
  readonly idleMs: number
  /** For the request log; undefined = there is none. */
  readonly request?: { readonly path: string; readonly lastEventId: string | undefined } | undefined
}

/** A stream whose socket another process can take over. */
export type MovableSubscriber = Subscriber & { readonly socket: Socket }

/** TLS and HTTP/2 have state in this process. */
export function isMovable(subscriber: Subscriber): subscriber is MovableSubscriber {
  const { socket, isEnded } = subscriber
  return socket instanceof Socket && !(socket instanceof TLSSocket) && !isEnded
}

export function factsOf({ framing, address, idleMs, record }: Subscriber): StreamFacts {
  if (record === undefined) return { framing, address, idleMs }
  const { path, lastEventId } = record
  return { framing, address, idleMs, request: { path, lastEventId } }
}

/** How many numbers `packStream` writes. */
export const PACKED_NUMBERS = 8

/**
 * Where a stream is, as numbers: `key` names the client, times count from now because clocks of
 * processes differ.
 */
export function packStream(key: number, subscriber: Subscriber, nowMs: number): readonly number[] {
  const { cursor, lastWriteMs, endsAtMs, announceAtMs, record, socket } = subscriber
  return [
    key,
    cursor,
    nowMs - lastWriteMs,
    endsAtMs === 0 ? Infinity : endsAtMs - nowMs,
    announceAtMs === 0 ? 0 : 1,
    record === undefined ? 0 : nowMs - record.startedMs,
    record?.events ?? 0,
    record === undefined ? 0 : (socket.bytesWritten ?? 0) + record.earlierBytes,
  ]
}

/** The same stream in this process. */
export function unpackStream(
  socket: ClientSocket,
  { framing, address, idleMs, request }: StreamFacts,
  numbers: ArrayLike<number>,
  nowMs: number,
): Subscriber {
  const at = (index: number): number => numbers[index] ?? 0
  const subscriber = new Subscriber(socket, framing, at(1), nowMs - at(2))
  subscriber.address = address
  subscriber.idleMs = idleMs
  subscriber.endsAtMs = at(3) === Infinity ? 0 : nowMs + at(3)
  // Its turn has come: the others of its crowd were announced to by the old process.
  subscriber.announceAtMs = at(4) === 0 ? 0 : nowMs
  if (request !== undefined) {
    subscriber.record = {
      ...request,
      address,
      startedMs: nowMs - at(5),
      events: at(6),
      bytes: at(7),
      earlierBytes: at(7),
    }
  }
  return subscriber
}
