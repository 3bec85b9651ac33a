import type { Response } from 'express'

import type { Frames } from '../sse/frames.ts'
import type { StreamClientInfo } from '../sse/stream-client.ts'
import type { StreamName } from '../sse/stream-name.ts'
import type { LeaveReason, StreamObserver } from '../sse/stream-observer.ts'
import type { ConnectEntry, FrameEntry, LeaveEntry } from './entry.ts'
import type { Journal } from './journal.ts'

const ENTRY_SIZE = 300
/** A copy of the beginning of longer frames is kept. */
const KEPT_BYTES = 10_000

/** Records streams that open and close, and the events that are sent on them. */
export class RecordedStreams implements StreamObserver {
  readonly #journal: Journal
  /** Of the open streams, by the id of the client. They are known longer than their entries. */
  readonly #open = new Map<string, ConnectEntry>()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** The streams that are open, oldest first. */
  get open(): Iterable<ConnectEntry> {
    return this.#open.values()
  }

  /** Undefined for a client that has left. */
  openOf(client: string): ConnectEntry | undefined {
    return this.#open.get(client)
  }

  opened(client: StreamClientInfo, response: Response): void {
    if (!this.#journal.isOn) return
    const { requestId: request } = response.locals
    const size = sizeOf(client)
    const entry = this.#journal.add<ConnectEntry>({ kind: 'connect', client, request, size })
    this.#open.set(client.id, entry)
  }

  sent(stream: StreamName, baseUrl: string, frames: Frames, clients: number): void {
    this.#add(frames, { stream, baseUrl, clients, client: undefined })
  }

  sentTo({ id, stream, baseUrl }: StreamClientInfo, frames: Frames): void {
    this.#add(frames, { stream, baseUrl, clients: 1, client: id })
  }

  closed(
    client: StreamClientInfo,
    { events, bytes }: { readonly events: number; readonly bytes: number },
    reason: LeaveReason,
  ): void {
    if (!this.#journal.isOn) return
    const connect = this.#open.get(client.id)
    this.#open.delete(client.id)
    const size = 2 * sizeOf(client)
    this.#journal.add<LeaveEntry>({ kind: 'leave', client, connect, reason, events, bytes, size })
  }

  #add(
    { bytes: { plain }, events, correlation }: Frames,
    to: Pick<FrameEntry, 'stream' | 'baseUrl' | 'client' | 'clients'>,
  ): void {
    if (!this.#journal.isOn) return
    const kept = plain.length <= KEPT_BYTES ? plain : Buffer.from(plain.subarray(0, KEPT_BYTES))
    this.#journal.add<FrameEntry>({
      kind: 'frame',
      ...to,
      events,
      bytes: plain.length,
      kept,
      correlation,
      size: ENTRY_SIZE + to.baseUrl.length + kept.length,
    })
  }
}

function sizeOf({ path, baseUrl, userAgent, lastEventId }: StreamClientInfo): number {
  const texts = [path, baseUrl, userAgent ?? '', lastEventId ?? '']
  return ENTRY_SIZE + texts.join('').length
}
