import { z } from 'zod'

import { endpoint } from '../endpoint.ts'
import { CHANGE, CLIENT } from '../reports.ts'

/** Longest wait: ten minutes. */
const MAX_WAIT_MS = 600_000

const wanted = {
  count: z
    .int()
    .min(1, 'a count is a least number, and 0 would always be reached: use "exactly": 0')
    .optional(),
  atLeast: z.int().min(0).optional(),
  atMost: z.int().min(0).optional(),
  exactly: z.int().min(0).optional(),
  timeoutMs: z.int().min(0).max(MAX_WAIT_MS).optional(),
}
const since = { since: z.int().min(0).optional() }

export const WAIT_ENDPOINTS = [
  endpoint({
    method: 'POST',
    path: '/wait',
    summary: 'Wait for clients, changes, or the delivery of changes',
    operation: 'wait',
    body: z.discriminatedUnion('for', [
      z.strictObject({ for: z.literal('clients'), ...wanted }),
      z.strictObject({ for: z.literal('change'), ...wanted, ...since }),
      z.strictObject({ for: z.literal('delivery'), ...wanted, ...since }),
    ]),
    answers: {
      200: {
        description: 'What the wait was for, and the cursor for the next wait',
        schema: z.strictObject({
          clients: z.array(CLIENT).optional(),
          changes: z.array(CHANGE).optional(),
          cursor: z.int().min(0),
        }),
      },
    },
    run: (control, { body, signal }) => control.wait(body, signal),
  }),
]
