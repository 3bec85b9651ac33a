import type { Request, Response } from 'express'

import type { Frames } from './frames.ts'
import type { StreamBytes } from './stream-bytes.ts'
import type { StreamClient } from './stream-client.ts'

/** A stream that has just opened, and what can be done to it. */
export interface OpenedStream {
  readonly client: StreamClient
  readonly request: Request
  readonly response: Response
  /** Sends more, or drops a client that does not read. */
  readonly write: (bytes: StreamBytes) => void
  /** Sends it nothing more. The caller closes or ends it. */
  readonly leave: () => void
}

/** Between the events and the clients: changes what some clients get. */
export interface StreamTap {
  opened(stream: OpenedStream): void
  closed(client: StreamClient): void
  /** Whether `deliver` has anything to do for this client. */
  isOn(client: StreamClient): boolean
  /** Calls `send` with what the client gets in place of `frames`, now or later, or not at all. */
  deliver(client: StreamClient, frames: Frames, send: (frames: Frames) => void): void
}
