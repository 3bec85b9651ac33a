/** A stream that has ended, for the request log. */
export interface EndedStream {
  readonly address: string
  /** As requested; it may hold secrets. */
  readonly path: string
  /** Bytes on the wire, with the head. */
  readonly bytes: number
  readonly events: number
  readonly seconds: number
  readonly reason: string
  /** The id that the client sent. */
  readonly lastEventId: string | undefined
  readonly timeMs: number
}
