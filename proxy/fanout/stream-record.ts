import type { HubOptions } from './hub-options.ts'
import type { BodyFraming, NewSubscriber, StreamRecord, Subscriber } from './subscriber.ts'

/** What is remembered of a stream that begins. */
export function startRecord(
  { address, path, lastEventId }: NewSubscriber,
  nowMs: number,
): StreamRecord {
  return { address, path, lastEventId, startedMs: nowMs, events: 0, bytes: 0, earlierBytes: 0 }
}

/** Counts the events of a write. */
export function countWrite(
  { record, framing }: Subscriber,
  slice: { readonly frames: number } & Readonly<Record<BodyFraming, Buffer>>,
): void {
  if (record === undefined) return
  record.events += slice.frames
  record.bytes += slice[framing].length
}

/** Reports a stream that has ended to the request log, if there is one. */
export function reportEnd(
  { record, socket, endReason }: Subscriber,
  { onStreamEnd, nowMs }: Pick<HubOptions, 'onStreamEnd' | 'nowMs'>,
): void {
  // Another process continues the stream.
  if (record === undefined || onStreamEnd === undefined || endReason === 'moved') return
  const { address, path, lastEventId, startedMs, events, bytes, earlierBytes } = record
  onStreamEnd({
    address,
    path,
    bytes: socket.bytesWritten === undefined ? bytes : socket.bytesWritten + earlierBytes,
    events,
    seconds: Math.round(nowMs() - startedMs) / 1000,
    reason: endReason,
    lastEventId,
    timeMs: Date.now(),
  })
}
