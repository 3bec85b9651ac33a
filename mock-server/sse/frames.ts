import type { StreamBytes } from './stream-bytes.ts'

/** The events of one change, encoded for all clients with the same base URL. */
export interface Frames {
  readonly bytes: StreamBytes
  readonly events: number
  /** Of a change of the Content Store; 0 for other streams. */
  readonly changeId: number
  /** Joins the change, its frames, and the polls that returned its row. */
  readonly correlation: string
}
