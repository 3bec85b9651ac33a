import type { ClientSocket } from './client-socket.ts'

/**
 * How a body is framed: chunked for HTTP/1.1, plain bytes up to the end of the connection for
 * HTTP/1.0.
 */
export type BodyFraming = 'chunked' | 'plain'

/** Why a stream ended. */
export type EndReason =
  | 'client-left'
  | 'vanished'
  | 'fell-behind'
  | 'stalled'
  | 'polled'
  | 'idle'
  | 'age'
  | 'shutdown'
  | 'moved'
  | 'exception'

/** A client whose request has been read and to which nothing has been written. */
export interface NewSubscriber {
  readonly socket: ClientSocket
  readonly framing: BodyFraming
  /**
   * Whether a write completes only in a later turn of the event loop, also when the kernel accepts
   * the bytes at once: with TLS and HTTP/2.
   */
  readonly completesLater: boolean
  /** The client's address, which a proxy in between may have named. */
  readonly address: string
  /** The requested path with its query. */
  readonly path: string
  /** Status line and header fields. */
  readonly head: Buffer
  /** The last id that the client has received. */
  readonly lastEventId: string | undefined
  /** Whether the client asks for a response that ends: see `LongPolls`. */
  readonly wantsEnd: boolean
  /** Time without a byte after which the stream ends; 0 = never. */
  readonly idleMs: number
}

/** What is remembered of a stream for the request log. */
export interface StreamRecord {
  readonly address: string
  readonly path: string
  readonly lastEventId: string | undefined
  readonly startedMs: number
  events: number
  /** Bytes of the events. */
  bytes: number
  /** Bytes on the wire that another process has written before. */
  readonly earlierBytes: number
}

/** A client's stream: a socket and a cursor. It has no queue. Only the hub writes to it. */
export class Subscriber {
  readonly socket: ClientSocket
  readonly framing: BodyFraming
  /** Position in the log of the next frame to send. */
  cursor: number
  /** Its index in the list of subscribers; set by the list. */
  index = -1
  lastWriteMs: number
  /** Time without a byte after which the stream ends; 0 = never. */
  idleMs = 0
  /** The client's address, which a proxy in between may have named. */
  address = '-'
  /** When the socket stopped accepting bytes; 0 while it is writable. */
  stalledSinceMs = 0
  /**
   * When a client that missed events gets its announcement; until then it gets no frame. 0 = none
   * is due.
   */
  announceAtMs = 0
  /** When the stream reaches its longest duration; 0 = never. */
  endsAtMs = 0
  /** What the request log needs at the end; undefined = there is none. */
  record: StreamRecord | undefined = undefined
  /** Other than `client-left` once the proxy has ended the stream: no byte may follow. */
  endReason: EndReason = 'client-left'

  /** Called when a write is completed; undefined = writes complete at once or stall. */
  onWritten: ((error?: Error | null) => void) | undefined

  constructor(socket: ClientSocket, framing: BodyFraming, cursor: number, nowMs: number) {
    this.socket = socket
    this.framing = framing
    this.cursor = cursor
    this.lastWriteMs = nowMs
  }

  /** Whether either side has ended the stream. */
  get isEnded(): boolean {
    return this.endReason !== 'client-left' || !this.socket.writable
  }

  /** Whether earlier bytes are still queued in this process because the kernel accepts no more. */
  get isStalled(): boolean {
    return this.socket.writableLength > 0
  }

  write(bytes: Buffer | string): void {
    this.socket.write(bytes, this.onWritten)
  }

  /** Settles when its connection is closed. */
  async closed(): Promise<void> {
    if (this.socket.closed) return
    await new Promise<void>((resolve) => {
      this.socket.once('close', () => resolve())
    })
  }
}
