import { z } from 'zod'

/** Which requests a fault is for. An opened stream is one request, of scope `sse-connect`. */
export const FAULT_SCOPES = ['feed', 'item', 'write', 'sse-connect'] as const
export type FaultScope = (typeof FAULT_SCOPES)[number]

const MAX_FAULTS = 100
const MAX_MS = 600_000

const times = z.int().min(1).max(1_000_000)

const common = {
  /** Unique in the plan. */
  name: z.string().regex(/^[\w.:-]{1,100}$/, 'expected up to 100 letters, digits, ".", ":", "-"'),
  scope: z.enum(FAULT_SCOPES),
  /** Strikes only the first requests of its scope, … */
  first: times.optional(),
  /** … or every nth one, … */
  every: times.optional(),
  /** … or all but the first ones. */
  after: times.optional(),
  /** Heals after so many strikes. */
  count: times.optional(),
  /** Heals so long after it was set. */
  ttlMs: z.int().min(1).max(86_400_000).optional(),
}

const reported = {
  requests: z.int().min(0),
  strikes: z.int().min(0),
  isHealed: z.boolean(),
}

const latency = z.strictObject({
  kind: z.literal('latency'),
  ms: z.int().min(1).max(MAX_MS),
  ...common,
})
const status = z.strictObject({
  kind: z.literal('status'),
  status: z.int().min(400).max(599),
  /** Seconds. */
  retryAfter: z.int().min(0).max(86_400).optional(),
  ...common,
})
const reset = z.strictObject({ kind: z.literal('reset'), ...common })
const stall = z.strictObject({ kind: z.literal('stall'), ...common })

const fault = z
  .discriminatedUnion('kind', [
    /** The response comes later. */
    latency,
    /** Another response comes instead. */
    status,
    /** The connection is reset. */
    reset,
    /** The connection stays open, and nothing comes. */
    stall,
  ])
  .refine(({ first, every, after }) => [first, every, after].filter(Boolean).length <= 1, {
    message: 'expected at most one of first, every and after',
  })

/** A fault, and what became of it. */
export const FAULT_REPORT = z.discriminatedUnion('kind', [
  latency.extend(reported),
  status.extend(reported),
  reset.extend(reported),
  stall.extend(reported),
])

/** The whole plan: what is left out is off. */
export const FAULT_PLAN = z.strictObject({
  faults: z
    .array(fault)
    .max(MAX_FAULTS)
    .refine((faults) => new Set(faults.map(({ name }) => name)).size === faults.length, {
      message: 'expected a different name for each fault',
    }),
})

export type Fault = z.output<typeof fault>
