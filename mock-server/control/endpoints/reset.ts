import { z } from 'zod'

import { endpoint } from '../endpoint.ts'

export const RESET_ENDPOINTS = [
  endpoint({
    method: 'POST',
    path: '/reset',
    summary: 'Content back to the start under new change ids, and no faults',
    operation: 'reset',
    body: z.strictObject({ closeStreams: z.boolean().optional() }),
    answers: { 204: { description: 'Done' } },
    run: (control, { body }) => control.reset(body),
  }),
]
