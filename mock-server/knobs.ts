import { CONTENT_KNOBS } from './knobs/content.ts'
import { FEED_KNOBS } from './knobs/feeds.ts'
import type { Knob } from './knobs/knob.ts'
import { SERVER_KNOBS } from './knobs/server.ts'
import { STREAM_KNOBS } from './knobs/stream.ts'

/**
 * Every setting of the store. Its key in a file or in `startMockContentStore` is the name here; the
 * flag is the name in kebab case, the environment variable is `MCS_` and the name in upper snake
 * case. [protocol §8.4]
 */
export const KNOBS = {
  ...SERVER_KNOBS,
  ...CONTENT_KNOBS,
  ...STREAM_KNOBS,
  ...FEED_KNOBS,
} as const satisfies Readonly<Record<string, Knob<unknown>>>

export type KnobName = keyof typeof KNOBS

/** Every setting with its value. */
export type Settings = {
  readonly [Name in KnobName]: (typeof KNOBS)[Name] extends Knob<infer T> ? T : never
}

export const KNOB_NAMES = Object.keys(KNOBS).filter(isKnobName)

export function isKnobName(name: string): name is KnobName {
  return Object.hasOwn(KNOBS, name)
}
