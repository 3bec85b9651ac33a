/** The streams that a client can open. */
export const STREAM_NAMES = [
  'changes',
  '/live-center-editorial',
  '/live-center-presentation-webservice',
  'newsgate',
] as const
export type StreamName = (typeof STREAM_NAMES)[number]
