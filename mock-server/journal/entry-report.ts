import { z } from 'zod'

import { STREAM_NAMES } from '../sse/stream-name.ts'
import { LEAVE_REASONS } from '../sse/stream-observer.ts'

const count = z.int().min(0)
const noted = {
  id: z.int().positive(),
  at: z.iso.datetime(),
  /** The changes that it belongs to. */
  correlation: z.array(z.string()),
}
const headers = z.record(z.string(), z.string())
const log = z.string().nullable()

/** One entry of the journal as it is shown. */
export const ENTRY = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...noted,
      kind: z.literal('request'),
      method: z.string(),
      url: z.string(),
      remoteAddress: z.string(),
      headers,
      /** Id of the entry of its response; null until then. */
      response: count.nullable(),
    }),
    z.strictObject({
      ...noted,
      kind: z.literal('response'),
      /** Id of the entry of its request. */
      request: count,
      method: z.string(),
      url: z.string(),
      user: z.string().nullable(),
      /** Null when the connection ended before the head of a response. */
      status: z.int().nullable(),
      headers,
      durationMs: count,
      /** On the connection, head included. */
      bytes: count,
      /** False when the connection ended before the response did. */
      complete: z.boolean(),
      /** The change log of which it is a page. */
      log,
    }),
    z.strictObject({
      ...noted,
      kind: z.literal('connect'),
      client: z.string(),
      stream: z.enum(STREAM_NAMES),
      path: z.string(),
      host: z.string().nullable(),
      user: z.string().nullable(),
      remoteAddress: z.string(),
      userAgent: z.string().nullable(),
      lastEventId: z.string().nullable(),
      request: count.nullable(),
    }),
    z.strictObject({
      ...noted,
      kind: z.literal('leave'),
      client: z.string(),
      stream: z.enum(STREAM_NAMES),
      reason: z.enum(LEAVE_REASONS),
      events: count,
      bytes: count,
      durationMs: count,
    }),
    z.strictObject({
      ...noted,
      kind: z.literal('frame'),
      stream: z.enum(STREAM_NAMES),
      baseUrl: z.string(),
      /** Null when it was sent to every client of the stream with this base URL. */
      client: z.string().nullable(),
      clients: count,
      events: count,
      bytes: count,
      /** Its first 10,000 bytes. */
      text: z.string(),
    }),
    z.strictObject({
      ...noted,
      kind: z.literal('change'),
      /** Null for a change of Live Center. */
      change: z
        .strictObject({
          id: count,
          kind: z.string(),
          subject: z.strictObject({ kind: z.enum(['item', 'person']), id: count }),
          /** Paths of the logs that hold its row. */
          logs: z.array(z.string()),
        })
        .nullable(),
    }),
    z.strictObject({
      ...noted,
      kind: z.literal('fault'),
      name: z.string(),
      fault: z.string(),
      scope: z.string(),
      request: count.nullable(),
      client: z.string().nullable(),
    }),
  ])
  .meta({ id: 'JournalEntry' })

export type EntryReport = z.output<typeof ENTRY>
