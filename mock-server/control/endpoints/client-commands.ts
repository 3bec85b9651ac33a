import { z } from 'zod'

import {
  CLIENT_SEND,
  CLIENT_STALL,
  CLIENT_THROTTLE,
  STREAM_SEND,
} from '../../faults/client-control.ts'
import { endpoint } from '../endpoint.ts'

const params = z.object({ id: z.string() })
const done = { 204: { description: 'Done' } }
const bytes = z.int().min(0)

export const CLIENT_COMMAND_ENDPOINTS = [
  endpoint({
    method: 'POST',
    path: '/clients/{id}/send',
    summary: 'Send one client an event, a comment, a reconnection time, or any bytes',
    operation: 'client.send',
    params,
    body: CLIENT_SEND,
    answers: { 200: { description: 'How much was sent', schema: z.strictObject({ bytes }) } },
    run: (control, { params: { id }, body }) => control.client.send(id, body),
  }),
  endpoint({
    method: 'POST',
    path: '/clients/{id}/stall',
    summary: 'Send one client nothing, for `ms` or until it is resumed',
    operation: 'client.stall',
    params,
    body: CLIENT_STALL,
    answers: done,
    run: (control, { params: { id }, body }) => control.client.stall(id, body),
  }),
  endpoint({
    method: 'POST',
    path: '/clients/{id}/throttle',
    summary: 'Send one client at most so many bytes a second, until it is resumed',
    operation: 'client.throttle',
    params,
    body: CLIENT_THROTTLE,
    answers: done,
    run: (control, { params: { id }, body }) => control.client.throttle(id, body),
  }),
  endpoint({
    method: 'POST',
    path: '/clients/{id}/resume',
    summary: 'End what stalls or throttles one client; what was held is sent',
    operation: 'client.resume',
    params,
    answers: done,
    run: (control, { params: { id } }) => control.client.resume(id),
  }),
  endpoint({
    method: 'POST',
    path: '/clients/{id}/reset',
    summary: 'Reset the connection of one client (RST)',
    operation: 'client.reset',
    params,
    answers: done,
    run: (control, { params: { id } }) => control.client.reset(id),
  }),
  endpoint({
    method: 'POST',
    path: '/clients/{id}/fin',
    summary: 'Close the connection of one client (FIN) in the middle of the response',
    operation: 'client.fin',
    params,
    answers: done,
    run: (control, { params: { id } }) => control.client.fin(id),
  }),
  endpoint({
    method: 'POST',
    path: '/clients/{id}/close',
    summary: 'End the stream of one client, with the last chunk of the response',
    operation: 'client.close',
    params,
    answers: done,
    run: (control, { params: { id } }) => control.client.close(id),
  }),
  endpoint({
    method: 'POST',
    path: '/stream',
    summary: 'Send the same to all clients, or to some',
    operation: 'client.sendToAll',
    body: STREAM_SEND,
    answers: {
      200: {
        description: 'To how many clients, and how much to each',
        schema: z.strictObject({ clients: z.int().min(0), bytes }),
      },
    },
    run: (control, { body }) => control.client.sendToAll(body),
  }),
]
