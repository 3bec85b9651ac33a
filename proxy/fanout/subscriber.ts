import type { Socket } from 'node:net'

/** How a body is framed: chunked for HTTP/1.1, plain bytes up to the end of the connection for HTTP/1.0. */
export type BodyFraming = 'chunked' | 'plain'

/** Why a stream ended. */
export type EndReason =
  | 'client-left'
  | 'vanished'
  | 'fell-behind'
  | 'stalled'
  | 'age'
  | 'shutdown'
  | 'exception'

/** A client to serve: its request has been read, nothing has been written. */
export interface NewSubscriber {
  readonly socket: Socket
  readonly framing: BodyFraming
  /** Status line and header fields. */
  readonly head: Buffer
  /** What the client says it saw last. */
  readonly lastEventId: string | undefined
}

/** A client's stream: a socket and a cursor. It owns no queue; the hub is the only one who writes. */
export class Subscriber {
  readonly socket: Socket
  readonly framing: BodyFraming
  /** Position in the log of the next frame to send. */
  cursor: number
  /** Its place in the roster; the roster's own. */
  index = -1
  lastWriteMs: number
  /** Since when the socket has taken nothing; 0 while it takes what comes. */
  stalledSinceMs = 0
  /** Until when a client that missed events waits for the announcement that comes before all else; 0 = it does not. */
  heldUntilMs = 0
  /** When the stream has lasted long enough; 0 = never. */
  endsAtMs = 0
  /** Other than `client-left` once the proxy has ended the stream: then nothing may follow. */
  endReason: EndReason = 'client-left'

  constructor(socket: Socket, framing: BodyFraming, cursor: number, nowMs: number) {
    this.socket = socket
    this.framing = framing
    this.cursor = cursor
    this.lastWriteMs = nowMs
  }

  /** Whether either side has ended the stream. */
  get isEnded(): boolean {
    return this.endReason !== 'client-left' || !this.socket.writable
  }

  /** Whether earlier bytes still wait in this process because the kernel takes no more. */
  get isStalled(): boolean {
    return this.socket.writableLength > 0
  }

  /** Settles when its connection is closed. */
  async closed(): Promise<void> {
    if (this.socket.closed) return
    await new Promise<void>((resolve) => {
      this.socket.once('close', () => resolve())
    })
  }
}
