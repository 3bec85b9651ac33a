import { z } from 'zod'

import { endpoint } from '../endpoint.ts'
import {
  EDITING,
  LOCK,
  LOCK_REQUEST,
  MOVE_REPORT,
  MOVE_REQUEST,
  TRANSITION_REPORT,
  TRANSITION_REQUEST,
} from '../item-editing.ts'
import { numberParameter } from '../parameters.ts'

const id = numberParameter('item id')

export const ITEM_EDITING_ENDPOINTS = [
  endpoint({
    method: 'POST',
    path: '/items/transition',
    summary:
      'Take content items through one transition, such as published, un-publish-keep, deleted',
    operation: 'editing.transition',
    body: TRANSITION_REQUEST,
    answers: {
      200: {
        description:
          'Which were changed, and which were skipped because their state does not offer it',
        schema: TRANSITION_REPORT,
      },
    },
    run: (control, { body }) => control.editing.transition(body),
  }),
  endpoint({
    method: 'POST',
    path: '/items/move',
    summary: 'Give content items another home section',
    operation: 'editing.move',
    body: MOVE_REQUEST,
    answers: {
      200: { description: 'Those that were in another one before', schema: MOVE_REPORT },
    },
    run: (control, { body }) => control.editing.move(body),
  }),
  endpoint({
    method: 'GET',
    path: '/items/{id}/editing',
    summary: 'The transitions that a content item offers, and its locks',
    operation: 'editing.of',
    params: z.object({ id }),
    answers: { 200: { description: 'What can be done to it', schema: EDITING } },
    run: (control, call) => control.editing.of(call.params.id),
  }),
  endpoint({
    method: 'POST',
    path: '/items/{id}/locks',
    summary: 'Lock a content item, as any user',
    operation: 'editing.lock',
    params: z.object({ id }),
    body: LOCK_REQUEST,
    answers: { 201: { description: 'The lock', schema: LOCK } },
    run: (control, call) => control.editing.lock(call.params.id, call.body),
  }),
  endpoint({
    method: 'DELETE',
    path: '/items/{id}/locks/{lock}',
    summary: 'Release a lock of a content item',
    operation: 'editing.unlock',
    params: z.object({ id, lock: numberParameter('lock id') }),
    answers: { 204: { description: 'Done' } },
    run: (control, call) => control.editing.unlock(call.params.id, call.params.lock),
  }),
]
