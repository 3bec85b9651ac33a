import { z } from 'zod'

import { bytes, knob, list, splitList, toggle, url, whole } from './knob.ts'

/**
 * Logs that an announcement can be about. `domain`: the log of the section that governs a changed
 * item's section.
 */
const ANNOUNCEABLE = ['publication', 'section', 'domain', 'person', 'list'] as const

/** What the event stream sends, and to whom. */
export const STREAM_KNOBS = {
  announce: knob({
    schema: z.preprocess(splitList, z.array(z.enum(ANNOUNCEABLE)).readonly()),
    default: ['publication', 'section', 'person'],
    arg: 'LOG,…',
    expects: `a list of ${ANNOUNCEABLE.join(', ')}`,
    help: `which logs a change announces: ${ANNOUNCEABLE.join(', ')}`,
  }),
  ids: toggle({ default: false, help: 'give each event an id' }),
  replay: toggle({
    default: false,
    help: "replay the events after a client's Last-Event-ID; needs --ids",
  }),
  longPoll: toggle({
    default: false,
    help: 'end the stream of an XMLHttpRequest 0.25 s after its events; needs --replay',
    hidden: 'of the mock alone: no Content Store is known to answer so',
  }),
  longPollHoldMs: whole({
    default: 30_000,
    min: 100,
    max: 86_400_000,
    arg: 'MS',
    help: 'end a long poll that gets no event after this time',
    hidden: 'of the mock alone',
  }),
  longPollMaxBytes: bytes({
    default: 262_144,
    help: 'end a long poll once it has this many bytes of events',
    hidden: 'of the mock alone',
  }),
  retryMs: whole({
    default: 0,
    min: 0,
    max: 86_400_000,
    arg: 'MS',
    help: 'send a retry field first; 0 = none',
  }),
  heartbeatMs: whole({
    default: 0,
    min: 0,
    max: 86_400_000,
    arg: 'MS',
    help: 'send a comment this often; 0 = never',
  }),
  corsOrigins: list({
    default: [],
    arg: 'ORIGIN,…',
    help: 'origins whose pages may use the web service; * = all',
  }),
  sseEndpoint: url({
    default: '',
    help: "event stream URL that feeds advertise instead of the store's own",
  }),
  maxStreamBufferBytes: bytes({
    default: 1_048_576,
    help: 'unsent bytes at which a slow stream client is dropped',
    hidden: 'to find it is to flood the store with changes',
  }),
} as const
