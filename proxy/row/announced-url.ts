import { readFrame } from '../sse/frame.ts'

/** The change log URL that a frame of the shared log announces; undefined = none. */
export function announcedUrl(frame: Buffer): string | undefined {
  return readFrame(frame, { maxIdBytes: undefined }).outgoing?.url
}
