import { z } from 'zod'

import { limited } from '../../http/limited.ts'
import { endpoint } from '../endpoint.ts'
import { numberParameter } from '../parameters.ts'
import { CHANGE, LIST } from '../reports.ts'

export const LIST_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/lists',
    summary: 'All lists and inboxes',
    operation: 'lists',
    answers: {
      200: { description: 'With their items', schema: z.strictObject({ lists: z.array(LIST) }) },
    },
    run: (control) => ({ lists: control.lists() }),
  }),
  endpoint({
    method: 'PUT',
    path: '/lists/{id}',
    summary: 'Replace what a list holds',
    operation: 'setListItems',
    params: z.object({ id: numberParameter('list id') }),
    body: z.strictObject({ items: limited('listItems', z.array(z.int().positive())) }),
    answers: {
      200: {
        description: "The changes of the list's log",
        schema: z.strictObject({ changes: z.array(CHANGE) }),
      },
    },
    run: (control, { params, body }) => ({
      changes: control.setListItems(params.id, body.items),
    }),
  }),
]
