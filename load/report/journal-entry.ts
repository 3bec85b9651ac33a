import { z } from 'zod'

const facts = z.record(z.string(), z.number())
const bucket = z.object({ upToMicros: z.number(), count: z.number() })
const arrival = z.object({ number: z.number(), lastMs: z.number() })

/**
 * A fact about a run, as scripts write it to k6's console: one JSON object on a line. Scripts
 * import the type alone, because k6 has no zod; so writer and reader share one type.
 */
export const journalEntry = z.discriminatedUnion('kind', [
  /** A phase begins, and lasts that long if its duration is a setting. */
  z.object({ kind: z.literal('begin'), name: z.string(), lastsMs: z.number().optional() }),
  z.object({ kind: z.literal('phase'), name: z.string(), tookMs: z.number(), facts }),
  z.object({ kind: z.literal('check'), name: z.string(), isOk: z.boolean(), detail: z.string() }),
  /** What a run did not verify, and why. */
  z.object({ kind: z.literal('skip'), text: z.string() }),
  /** A fault of one stream, in words. */
  z.object({ kind: z.literal('fault'), text: z.string() }),
  z.object({ kind: z.literal('stats'), facts }),
  /**
   * Latencies of one step, from the time at which an event is due to its arrival. Histograms of
   * several shards add up.
   */
  z.object({ kind: z.literal('latency'), step: z.string(), buckets: z.array(bucket).readonly() }),
  /**
   * When each event of a step reached the last stream of a shard, and when each was due; only the
   * leading shard knows the latter. The last stream of all is the latest of the shards.
   */
  z.object({
    kind: z.literal('fan-out'),
    step: z.string(),
    events: z.array(arrival).readonly(),
    /** Number of the event that `dueMs` begins with. */
    first: z.number(),
    dueMs: z.array(z.number()).readonly(),
  }),
  /** How late the load tool itself sent each event of a step: part of the latency, reported apart. */
  z.object({ kind: z.literal('lag'), step: z.string(), lagMs: z.array(z.number()).readonly() }),
  /**
   * What some streams of a shard have received, all of them the same, and when it reached the first
   * and the last of them. Only events between two times are to be judged, because streams were
   * opening or closing at others.
   */
  z.object({
    kind: z.literal('sequence'),
    fromMs: z.number(),
    toMs: z.number(),
    streams: z.number(),
    /** One of the streams, in words. */
    example: z.string(),
    events: z
      .array(z.object({ text: z.string(), firstMs: z.number(), lastMs: z.number() }))
      .readonly(),
  }),
])

export type JournalEntry = Readonly<z.infer<typeof journalEntry>>

export type Facts = Readonly<z.infer<typeof facts>>

export type LatencyBucket = Readonly<z.infer<typeof bucket>>
