import type { StreamClient } from '../sse/stream-client.ts'
import type { StruckConnection } from './struck-connection.ts'

/** An open stream that a fault has struck. */
export interface StruckStream extends StruckConnection {
  readonly client: StreamClient
  /** Ends the response with its last chunk. */
  readonly end: () => void
  /** Sends it nothing more. The caller closes the connection. */
  readonly leave: () => void
  /** Calls `act` after so many more events, before anything else is sent. */
  readonly afterEvents: (events: number, act: () => void) => () => void
}

/** For a fault that has struck a request: calls `run` with the stream that the request opens. */
export type WhenOpen = (run: (stream: StruckStream) => void) => void
