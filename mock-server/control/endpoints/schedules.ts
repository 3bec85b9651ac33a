import { z } from 'zod'

import { endpoint } from '../endpoint.ts'
import { numberParameter } from '../parameters.ts'
import { SCHEDULE, SCHEDULE_REQUEST } from '../schedules.ts'

export const SCHEDULE_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/schedules',
    summary: 'Transitions of content items that are due later',
    operation: 'schedules.list',
    answers: {
      200: {
        description: 'In the order in which they were made',
        schema: z.strictObject({ schedules: z.array(SCHEDULE) }),
      },
    },
    run: (control) => ({ schedules: control.schedules.list() }),
  }),
  endpoint({
    method: 'POST',
    path: '/items/{id}/schedule',
    summary: 'Publish a content item later, or take it through another transition',
    operation: 'schedules.add',
    params: z.object({ id: numberParameter('item id') }),
    body: SCHEDULE_REQUEST,
    answers: { 201: { description: 'What is due, and when', schema: SCHEDULE } },
    run: (control, { params, body }) => control.schedules.add(params.id, body),
  }),
  endpoint({
    method: 'DELETE',
    path: '/schedules/{id}',
    summary: 'Cancel what is due later',
    operation: 'schedules.cancel',
    params: z.object({ id: numberParameter('schedule id') }),
    answers: { 204: { description: 'Done' } },
    run: (control, { params }) => control.schedules.cancel(params.id),
  }),
]
