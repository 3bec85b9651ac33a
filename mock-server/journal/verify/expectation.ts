import { z } from 'zod'

import { STREAM_NAMES } from '../../sse/stream-name.ts'
import { ENTRY } from '../entry-report.ts'

const MAX_EXPECTATIONS = 100
const count = z.int().min(0)
/** A text in which `*` matches any characters. */
const pattern = z.string().min(1).max(500)

const counts = {
  count: count.optional(),
  atLeast: count.optional(),
  atMost: count.optional(),
  exactly: count.optional(),
}

/** Who sent a request. What is left out may be anything. */
const WHO = {
  host: pattern.optional(),
  user: pattern.optional(),
  userAgent: pattern.optional(),
  remoteAddress: pattern.optional(),
}
const stream = z.enum(STREAM_NAMES).optional()
/** The end of a log's path, such as `section/22`. */
const log = pattern.optional()

const EXPECTATION_KINDS = {
  /** Never more than one stream was open at a time, and there was one. */
  exactlyOneConnection: z.strictObject({ ...WHO, stream }),
  /** Each event was followed by a poll of the `previous` link of its log. */
  polledPrevious: z.strictObject({
    ...WHO,
    log,
    /** Default 2000. */
    withinMs: z.int().min(0).max(600_000).optional(),
    /** How many polls there are for each event. Default 1. */
    atLeast: z.int().min(1).max(100_000).optional(),
  }),
  /** No `previous` link was polled without an event about its log. */
  neverPolledWithoutEvent: z.strictObject({
    ...WHO,
    log,
    /** How many clients share one address, user and user agent. Default 1. */
    pollers: z.int().min(1).max(100_000).optional(),
    /** Whether the first poll of each client needs no event. Default true. */
    allowFirst: z.boolean().optional(),
  }),
  /** So many requests were sent. */
  requests: z.strictObject({
    ...WHO,
    ...counts,
    method: pattern.optional(),
    /** Without the query. */
    path: pattern.optional(),
    status: z.int().optional(),
    log,
    page: z.enum(['newest', 'before', 'after']).optional(),
  }),
  /** So many streams were opened. */
  connections: z.strictObject({ ...WHO, ...counts, stream }),
}

const EXPECTATION_NAMES = Object.keys(EXPECTATION_KINDS).join(', ')

/** One of the kinds of expectations. */
const EXPECTATION = z
  .strictObject({
    exactlyOneConnection: EXPECTATION_KINDS.exactlyOneConnection.optional(),
    polledPrevious: EXPECTATION_KINDS.polledPrevious.optional(),
    neverPolledWithoutEvent: EXPECTATION_KINDS.neverPolledWithoutEvent.optional(),
    requests: EXPECTATION_KINDS.requests.optional(),
    connections: EXPECTATION_KINDS.connections.optional(),
  })
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
    message: `expected one of ${EXPECTATION_NAMES}`,
  })
export type Expectation = z.output<typeof EXPECTATION>

export const VERIFY_REQUEST = z.strictObject({
  /** Only entries after this one. Default: all since the journal was cleared. */
  since: count.optional(),
  expect: z.array(EXPECTATION).min(1).max(MAX_EXPECTATIONS),
})
export type VerifyRequest = z.output<typeof VERIFY_REQUEST>

const VERDICTS = ['passed', 'failed', 'inconclusive'] as const
export type Verdict = (typeof VERDICTS)[number]

/** An entry that came close, and why it did not match. */
const NEAR_MISS = z.strictObject({ why: z.array(z.string()), entry: ENTRY })
export type NearMiss = z.output<typeof NEAR_MISS>

export const VERIFY_ANSWER = z.strictObject({
  /** `failed` when one of the results is, else `inconclusive` when one is. */
  verdict: z.enum(VERDICTS),
  results: z.array(
    z.strictObject({
      expectation: EXPECTATION,
      verdict: z.enum(VERDICTS),
      message: z.string(),
      nearMisses: z.array(NEAR_MISS),
    }),
  ),
  /** `since` of the next call. */
  cursor: count,
  /** Seed of everything random: with it, the same calls draw the same again. */
  randomSeed: count,
})
export type VerifyAnswer = z.output<typeof VERIFY_ANSWER>
