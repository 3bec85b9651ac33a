import { z } from 'zod'

import { FIELD_VALUES } from '../../content/item/field-value.ts'
import { ITEM_STATES } from '../../content/item/item.ts'
import { limited } from '../../http/limited.ts'
import { endpoint } from '../endpoint.ts'
import { numberParameter } from '../parameters.ts'
import { ITEM, ITEM_CHANGE, LISTED_ITEM, VERSION } from '../reports.ts'
import { MAX_GENERATED } from '../generate-items.ts'

const params = z.object({ id: numberParameter('item id') })
const sectionId = z.int().positive()
const title = limited('titleLength', z.string())
const type = z.string().min(1).max(100)
const sections = z.array(sectionId).min(1).max(100)
const parts = {
  title: title.optional(),
  type: type.optional(),
  state: z.enum(ITEM_STATES).optional(),
  fields: FIELD_VALUES.optional(),
  payload: z.string().optional(),
  as: z.string().min(1).max(200).optional(),
}
const changed = { description: 'The item and its change', schema: ITEM_CHANGE }

const newItem = z
  .strictObject({
    section: sectionId,
    sections: sections.optional(),
    ...parts,
  })
  .transform(({ section, sections: others, ...rest }) => {
    return { ...rest, sectionId: section, sectionIds: others }
  })

const itemPatch = z
  .strictObject({
    sections: sections.optional(),
    ifChange: z.int().min(0).optional(),
    ...parts,
  })
  .transform(({ sections: all, ...rest }) => ({ ...rest, sectionIds: all }))

const copy = z
  .strictObject({ title: title.optional(), section: sectionId.optional() })
  .transform(({ section, ...rest }) => ({ ...rest, sectionId: section }))

const generated = z.strictObject({
  count: z.int().min(1).max(MAX_GENERATED),
  sections: z.array(sectionId).min(1).max(1_000).optional(),
  types: z.array(type).min(1).max(100).optional(),
  states: z.partialRecord(z.enum(ITEM_STATES), z.number().min(0).max(1_000_000)).optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  payload: z.boolean().optional(),
})

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
    method: 'POST',
    path: '/items/generate',
    summary: 'Create many items, drawn by a seed, each with a change of its own',
    operation: 'generateItems',
    body: generated,
    answers: {
      201: {
        description: 'The new items, in the order of their changes',
        schema: z.strictObject({
          seed: z.int(),
          itemIds: z.array(z.int()),
          changes: z.strictObject({ first: z.int(), last: z.int() }),
        }),
      },
    },
    run: (control, { body, signal }) => control.generateItems(body, signal),
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
    summary:
      'Change a content item: as any user, whom the locks of others refuse (409), and only if no one has changed it since (412)',
    operation: 'updateItem',
    params,
    body: itemPatch,
    answers: { 200: changed },
    run: (control, call) => control.updateItem(call.params.id, call.body),
  }),
  endpoint({
    method: 'POST',
    path: '/items/{id}/duplicate',
    summary: 'Create a draft with the content of a content item',
    operation: 'duplicateItem',
    params,
    body: copy,
    answers: { 201: changed },
    run: (control, call) => control.duplicateItem(call.params.id, call.body),
  }),
  endpoint({
    method: 'GET',
    path: '/items/{id}/versions',
    summary: 'The versions of a content item, as far as they are kept',
    operation: 'itemVersions',
    params,
    answers: {
      200: {
        description: 'Newest first: the one that it is at, and earlier ones',
        schema: z.strictObject({ versions: z.array(VERSION) }),
      },
    },
    run: (control, call) => ({ versions: control.itemVersions(call.params.id) }),
  }),
  endpoint({
    method: 'POST',
    path: '/items/{id}/revert',
    summary: 'Give a content item the title, type and content of an earlier version',
    operation: 'revertItem',
    params,
    body: z.strictObject({ changeId: z.int().min(0) }),
    answers: { 200: changed },
    run: (control, call) => control.revertItem(call.params.id, call.body.changeId),
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
