import { z } from 'zod'

import { limited } from '../http/limited.ts'
import { FAULT_SCOPES } from './fault-scope.ts'
import { checkFault } from './fault-rules.ts'
import { CONNECTIONS } from './kinds/connection-cap.ts'
import { FIN, RESET, STALL } from './kinds/cut.ts'
import { JITTER, LATENCY } from './kinds/delay.ts'
import { EVENT_DOUBLED, EVENT_FOREIGN, EVENT_LOST, EVENT_REORDERED } from './kinds/event-order.ts'
import { HALF_OPEN } from './kinds/half-open.ts'
import { EARLY_EVENT, LATE_ROW } from './kinds/late-rows.ts'
import { MALFORMED } from './kinds/malformed.ts'
import { DOWN } from './kinds/outage.ts'
import { BANDWIDTH, SPLIT } from './kinds/pace.ts'
import { counted } from './kinds/parameters.ts'
import { SLOW_CLOSE } from './kinds/slow-close.ts'
import { STATUS } from './kinds/status.ts'
import { TRUNCATE } from './kinds/truncate.ts'
import { MAX_GLOB_LENGTH } from './path-glob.ts'

const MAX_TTL_MS = 86_400_000

const pattern = z.string().min(1).max(MAX_GLOB_LENGTH)

const NAMED = {
  /** Unique in the plan. */
  name: z.string().regex(/^[\w.:-]{1,100}$/, 'expected up to 100 letters, digits, ".", ":", "-"'),
}

const COMMON = {
  ...NAMED,
  scope: z.enum(FAULT_SCOPES),

  /** Strikes only what is asked for with a path like this; `*` and `**` stand for characters. */
  path: pattern.optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  /** Strikes only what is about this change log: `section/12`, `section/*`. */
  log: pattern.optional(),
  /** Strikes only the open stream of this client, such as `client-3`. */
  client: z.string().min(1).max(100).optional(),
  /** Strikes only what this user asks for. */
  user: z.string().min(1).max(200).optional(),

  /** Strikes only the first ones that it is for, … */
  first: counted.optional(),
  /** … or every nth one, … */
  every: counted.optional(),
  /** … or all but the first ones, … */
  after: counted.optional(),
  /** … or one and no further one, … */
  once: z.literal(true).optional(),
  /** … or each with this probability, drawn each time. 0 is off. Default: all. */
  probability: z.number().min(0).max(1).optional(),
  /** Strikes only in this time, which begins so long after it was set. */
  window: z
    .strictObject({
      afterMs: z.int().min(0).max(MAX_TTL_MS),
      forMs: z.int().min(1).max(MAX_TTL_MS),
    })
    .optional(),

  /** Heals after so many strikes. */
  count: counted.optional(),
  /** Heals so long after it was set. */
  ttlMs: z.int().min(1).max(MAX_TTL_MS).optional(),
}

function kind<Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) {
  return z.strictObject({ ...NAMED, kind: z.literal(name), ...COMMON, ...shape })
}

const kinds = [
  kind('latency', LATENCY),
  kind('jitter', JITTER),
  kind('status', STATUS),
  kind('reset', RESET),
  kind('fin', FIN),
  kind('stall', STALL),
  kind('half-open', HALF_OPEN),
  kind('split', SPLIT),
  kind('bandwidth', BANDWIDTH),
  kind('truncate', TRUNCATE),
  kind('malformed', MALFORMED),
  kind('slow-close', SLOW_CLOSE),
  kind('connections', CONNECTIONS),
  kind('event-lost', EVENT_LOST),
  kind('event-doubled', EVENT_DOUBLED),
  kind('event-reordered', EVENT_REORDERED),
  kind('event-foreign', EVENT_FOREIGN),
  kind('early-event', EARLY_EVENT),
  kind('late-row', LATE_ROW),
  z.strictObject({ ...NAMED, kind: z.literal('down'), ...DOWN }),
] as const

const anyKind = z.discriminatedUnion('kind', kinds)
const fault = anyKind.superRefine((given, context) => {
  for (const { path, message } of checkFault(given)) {
    context.addIssue({ code: 'custom', path: [path], message })
  }
})

/** A fault, and what it has done. */
export const FAULT_REPORT = z
  .union(
    kinds.map((of) =>
      of.safeExtend({
        /** What it was for since it was set: requests, streams, events or rows. */
        requests: z.int().min(0),
        /** How many of them it struck. */
        strikes: z.int().min(0),
        /** Whether it has healed, by `count`, by `ttlMs` or at the end of its window. */
        isHealed: z.boolean(),
        /** Until it heals by time, by the clock of the store; null without an end, 0 after it. */
        endsInMs: z.int().min(0).nullable(),
      }),
    ),
  )
  .meta({ id: 'Fault' })

/** The whole plan: what is left out is off. */
export const FAULT_PLAN = z.strictObject({
  faults: limited('faults', z.array(fault)).refine(
    (faults) => new Set(faults.map(({ name }) => name)).size === faults.length,
    {
      message: 'expected a different name for each fault',
    },
  ),
})

/** As a caller may write it: parameters with defaults may be left out. */
export type GivenFault = z.input<typeof anyKind>
export type Fault = z.output<typeof anyKind>
