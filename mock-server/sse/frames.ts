import { StreamBytes } from './stream-bytes.ts'

/** One event of several that are sent together. */
interface EventPart {
  readonly text: string
  /** The change log that it is about, such as `section/12`. */
  readonly log: string
}

/** The events of one change, encoded for all clients with the same base URL. */
export interface Frames {
  readonly bytes: StreamBytes
  readonly events: number
  /** Of a change of the Content Store; 0 for other streams. */
  readonly changeId: number
  /** Joins the change, its frames, and the polls that returned its row. */
  readonly correlation: string
  /** The events one by one. Left out: there is one, about no change log. */
  readonly parts?: readonly EventPart[] | undefined
}

/** One of the events of `frames`, or what is sent in its place. */
export function oneEvent(frames: Frames, bytes: Buffer): Frames {
  return { ...frames, bytes: new StreamBytes(bytes), events: 1, parts: undefined }
}
