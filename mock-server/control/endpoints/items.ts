import { z } from 'zod'

import { ITEM_STATES } from '../../content/item/item.ts'
import { endpoint } from '../endpoint.ts'
import { numberParameter } from '../parameters.ts'
import { ITEM, ITEM_CHANGE, LISTED_ITEM } from '../reports.ts'

const params = z.object({ id: numberParameter('item id') })
const sectionId = z.int().positive()
const title = z.string().max(10_000)
const changed = { description: 'The item and its change', schema: ITEM_CHANGE }

const newItem = z
  .strictObject({
    section: sectionId,
    title: title.default('Untitled'),
    type: z.string().min(1).max(100).optional(),
    state: z.enum(ITEM_STATES).optional(),
  })
  .transform(({ section, ...rest }) => ({ ...rest, sectionId: section }))

const itemPatch = z
  .strictObject({
    title: title.optional(),
    state: z.enum(ITEM_STATES).optional(),
    sections: z.array(sectionId).min(1).max(100).optional(),
  })
  .transform(({ sections, ...rest }) => ({ ...rest, sectionIds: sections }))

const MAX_PAGE = 1_000

export const ITEM_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/items',
    summary: 'The content items, by page',
    operation: 'items',
    query: z.strictObject({
      after: numberParameter('after').optional(),
      count: numberParameter('count', { min: 1, max: MAX_PAGE }).optional(),
    }),
    answers: {
      200: {
        description: 'Items by ascending id; `next` is the `after` of the next page',
        schema: z.strictObject({
          items: z.array(LISTED_ITEM),
          total: z.int().min(0),
          next: z.int().nullable(),
        }),
      },
    },
    run: (control, { query }) => control.items(query),
  }),
  endpoint({
    method: 'POST',
    path: '/items',
    summary: 'Create a content item',
    operation: 'createItem',
    body: newItem,
    answers: { 201: changed },
    run: (control, { body }) => control.createItem(body),
  }),
  endpoint({
    method: 'GET',
    path: '/items/{id}',
    summary: 'A content item as it is',
    operation: 'item',
    params,
    answers: { 200: { description: 'The item', schema: z.strictObject({ item: ITEM }) } },
    run: (control, call) => ({ item: control.item(call.params.id) }),
  }),
  endpoint({
    method: 'PATCH',
    path: '/items/{id}',
    summary: 'Change a content item',
    operation: 'updateItem',
    params,
    body: itemPatch,
    answers: { 200: changed },
    run: (control, call) => control.updateItem(call.params.id, call.body),
  }),
  endpoint({
    method: 'DELETE',
    path: '/items/{id}',
    summary: 'Delete a content item: it stays, in state deleted',
    operation: 'deleteItem',
    params,
    answers: { 200: changed },
    run: (control, call) => control.deleteItem(call.params.id),
  }),
  endpoint({
    method: 'POST',
    path: '/items/{id}/publish',
    summary: 'Publish a content item',
    operation: 'publishItem',
    params,
    answers: { 200: changed },
    run: (control, call) => control.publishItem(call.params.id),
  }),
]
