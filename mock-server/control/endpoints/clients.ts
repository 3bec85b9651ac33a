import { z } from 'zod'

import { endpoint } from '../endpoint.ts'
import { CLIENT } from '../reports.ts'

export const CLIENT_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/clients',
    summary: 'The clients of all event streams, and what was sent on each',
    operation: 'clients',
    answers: {
      200: {
        description: 'Oldest first',
        schema: z.strictObject({ clients: z.array(CLIENT) }),
      },
    },
    run: (control) => ({ clients: control.clients() }),
  }),
  endpoint({
    method: 'DELETE',
    path: '/clients',
    summary: 'End all event streams',
    operation: 'closeStreams',
    answers: {
      200: {
        description: 'How many there were',
        schema: z.strictObject({ closed: z.int().min(0) }),
      },
    },
    run: (control) => ({ closed: control.closeStreams() }),
  }),
]
