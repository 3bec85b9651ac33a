import { z } from 'zod'

import { SNAPSHOT_NAME } from '../../snapshots/snapshot-name.ts'
import { endpoint } from '../endpoint.ts'

const count = z.int().min(0)

const SNAPSHOT = z
  .strictObject({
    name: z.string(),
    savedAt: z.iso.datetime(),
    changeId: count,
    items: count,
    bytes: count,
  })
  .meta({ id: 'Snapshot' })

/** An unknown name is 404, whether it is valid or not. */
const params = z.object({ name: z.string() })
const one = { description: 'The snapshot', schema: SNAPSHOT }

export const SNAPSHOT_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/snapshots',
    summary: 'The saved contents',
    operation: 'snapshots.list',
    answers: {
      200: {
        description: 'Oldest first',
        schema: z.strictObject({ snapshots: z.array(SNAPSHOT) }),
      },
    },
    run: (control) => ({ snapshots: control.snapshots.list() }),
  }),
  endpoint({
    method: 'POST',
    path: '/snapshots',
    summary: 'Save the content as it is now',
    operation: 'snapshots.save',
    body: z.strictObject({ name: SNAPSHOT_NAME.optional() }),
    answers: { 201: one },
    run: (control, { body }) => control.snapshots.save(body.name),
  }),
  endpoint({
    method: 'GET',
    path: '/snapshots/{name}',
    summary: 'One saved content',
    operation: 'snapshots.get',
    params,
    answers: { 200: one },
    run: (control, call) => control.snapshots.get(call.params.name),
  }),
  endpoint({
    method: 'DELETE',
    path: '/snapshots/{name}',
    summary: 'Delete a saved content',
    operation: 'snapshots.delete',
    params,
    answers: { 204: { description: 'It is gone' } },
    run: (control, call) => control.snapshots.delete(call.params.name),
  }),
  endpoint({
    method: 'POST',
    path: '/snapshots/{name}/restore',
    summary: 'Replace the content with a saved one, under new change ids',
    operation: 'snapshots.restore',
    params,
    body: z.strictObject({ closeStreams: z.boolean().optional() }),
    answers: { 204: { description: 'The content is replaced' } },
    run: (control, call) => control.snapshots.restore(call.params.name, call.body),
  }),
  endpoint({
    method: 'GET',
    path: '/snapshots/{name}/file',
    summary: 'A saved content as a file, for --restore',
    operation: 'snapshots.text',
    params,
    answers: { 200: { description: 'One JSON value a line', media: 'application/jsonl' } },
    run: (control, call) => control.snapshots.text(call.params.name),
  }),
]
