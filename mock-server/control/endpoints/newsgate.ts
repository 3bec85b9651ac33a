import { z } from 'zod'

import { endpoint } from '../endpoint.ts'

export const NEWSGATE_ENDPOINTS = [
  endpoint({
    method: 'POST',
    path: '/newsgate/events',
    summary: 'Send an event to all clients of the Newsgate stream',
    operation: 'publishNewsgate',
    body: z.strictObject({
      event: z.string().optional(),
      data: z.record(z.string(), z.unknown()).optional(),
    }),
    answers: { 201: { description: "The event's id", schema: z.strictObject({ id: z.string() }) } },
    run: (control, { body }) => ({ id: control.publishNewsgate(body) }),
  }),
]
