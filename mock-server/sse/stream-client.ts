import type { ServerResponse } from 'node:http'

import type { StreamBytes } from './stream-bytes.ts'

/** A client of an event stream. */
export interface StreamClientInfo {
  readonly id: string
  readonly path: string
  /** Scheme, host and port that the client's URLs begin with. */
  readonly baseUrl: string
  readonly since: string
  readonly remoteAddress: string
  readonly userAgent: string | null
  readonly lastEventId: string | null
}

/** The client and its delivery counts. */
export interface StreamClientState extends StreamClientInfo {
  readonly events: number
  readonly bytes: number
  /** Id of the latest change that was written to its socket; 0 before the first. */
  readonly changeId: number
}

/** One open event stream. */
export class StreamClient {
  readonly info: StreamClientInfo
  readonly #response: ServerResponse
  #events = 0
  #bytes = 0
  #changeId = 0

  constructor(info: StreamClientInfo, response: ServerResponse) {
    this.info = info
    this.#response = response
  }

  get state(): StreamClientState {
    return { ...this.info, events: this.#events, bytes: this.#bytes, changeId: this.#changeId }
  }

  /**
   * Writes to the socket. False when more than `maxBufferBytes` are unsent: the caller drops the
   * client.
   */
  write(bytes: StreamBytes, maxBufferBytes: number): boolean {
    const response = this.#response
    // The response itself would frame the bytes again for each client and write them in pieces
    // (bench: store). It has no socket while an earlier response of the connection is pending.
    if (response.chunkedEncoding && response.socket !== null) response.socket.write(bytes.chunk)
    else response.write(bytes.plain)
    this.#bytes += bytes.length
    return response.writableLength <= maxBufferBytes
  }

  /** Counts the events of a `write`. */
  delivered(events: number, changeId: number): void {
    this.#events += events
    this.#changeId = changeId
  }

  /** Ends the stream properly, with the last chunk. */
  end(): void {
    this.#response.end()
  }

  /** Destroys the connection; unsent bytes are lost. */
  drop(): void {
    this.#response.destroy()
  }
}
