import type { ServerResponse } from 'node:http'

import type { Frames } from './frames.ts'
import type { StreamBytes } from './stream-bytes.ts'
import type { StreamName } from './stream-name.ts'

/** A client of an event stream. */
export interface StreamClientInfo {
  readonly id: string
  readonly stream: StreamName
  /** Path and query, without secrets. */
  readonly path: string
  /** Scheme, host and port that the client's URLs begin with. */
  readonly baseUrl: string
  /** The `Host` of its request. */
  readonly host: string | null
  /** Null for a stream that needs no login. */
  readonly user: string | null
  readonly since: string
  readonly remoteAddress: string
  readonly userAgent: string | null
  readonly lastEventId: string | null
}

/** The client and its delivery counts. */
export interface StreamClientState extends StreamClientInfo {
  readonly events: number
  /** Bytes of all that was sent, heartbeats included. */
  readonly bytes: number
  /** How many of them the socket has not taken yet. */
  readonly backlog: number
  /** What was sent last, and when; null before the first event. */
  readonly lastEvent: { readonly at: string; readonly text: string } | null
  /** Id of the latest change that was written to its socket; 0 before the first. */
  readonly changeId: number
}

/** Characters of the last event that are listed. */
const SHOWN_LENGTH = 1_000

/** One open event stream. */
export class StreamClient {
  readonly info: StreamClientInfo
  readonly #response: ServerResponse
  #events = 0
  #bytes = 0
  #last: Frames | undefined
  #lastAtMs = 0
  #recode: ((bytes: StreamBytes) => StreamBytes) | undefined

  constructor(info: StreamClientInfo, response: ServerResponse) {
    this.info = info
    this.#response = response
  }

  get state(): StreamClientState {
    return {
      ...this.info,
      events: this.#events,
      bytes: this.#bytes,
      backlog: this.backlog,
      lastEvent: this.#lastEvent,
      changeId: this.#last?.changeId ?? 0,
    }
  }

  /** Bytes that the socket has not taken yet. */
  get backlog(): number {
    return this.#response.writableLength
  }

  get events(): number {
    return this.#events
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Writes to the socket. False when more than `maxBufferBytes` are unsent: the caller drops the
   * client.
   */
  write(given: StreamBytes, maxBufferBytes: number): boolean {
    const response = this.#response
    const bytes = this.#recode?.(given) ?? given
    // The response itself would frame the bytes again for each client and write them in pieces
    // (bench: store). It has no socket while an earlier response of the connection is pending.
    if (response.chunkedEncoding && response.socket !== null) response.socket.write(bytes.chunk)
    else response.write(bytes.plain)
    this.#bytes += bytes.length
    return response.writableLength <= maxBufferBytes
  }

  /** Changes all that is written from now on; undefined changes nothing. */
  recode(change: ((bytes: StreamBytes) => StreamBytes) | undefined): void {
    this.#recode = change
  }

  /** Counts the events of a `write`. */
  delivered(frames: Frames, atMs: number): void {
    this.#events += frames.events
    this.#last = frames
    this.#lastAtMs = atMs
  }

  /** Ends the stream properly, with the last chunk. */
  end(): void {
    this.#response.end()
  }

  /** Destroys the connection; unsent bytes are lost. */
  drop(): void {
    this.#response.destroy()
  }

  /** The last of the frames that were sent last. */
  get #lastEvent(): StreamClientState['lastEvent'] {
    if (this.#last === undefined) return null
    const text = this.#last.bytes.plain.toString()
    const start = text.lastIndexOf('\n\n', text.length - 3)
    return {
      at: new Date(this.#lastAtMs).toISOString(),
      text: text.slice(start === -1 ? 0 : start + 2).slice(0, SHOWN_LENGTH),
    }
  }
}
