import { z } from 'zod'

import { limited } from '../../http/limited.ts'
import { SPACE_NAME } from '../../spaces/space-name.ts'
import type { NamedSpace } from '../../spaces/spaces.ts'
import { endpoint } from '../endpoint.ts'

const count = z.int().min(0)

const SPACE = z
  .strictObject({
    name: z.string(),
    path: z.string(),
    hosts: z.array(z.string()).readonly(),
    createdAt: z.iso.datetime(),
    changeId: count,
    items: count,
    sections: count,
    clients: count,
  })
  .meta({ id: 'Space' })

/** An unknown name is 404, whether it is valid or not. */
const params = z.object({ name: z.string() })
const one = { description: 'The space, and what it holds', schema: SPACE }

export const SPACE_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/spaces',
    summary: 'The spaces beside the default one',
    operation: 'spaces.list',
    answers: {
      200: {
        description: 'Oldest first',
        schema: z.strictObject({ spaces: z.array(SPACE) }),
      },
    },
    run: (control) => ({ spaces: control.spaces.list().map(report) }),
  }),
  endpoint({
    method: 'POST',
    path: '/spaces',
    summary: 'Create a space with its own content, streams, faults and control API',
    operation: 'spaces.create',
    body: z.strictObject({
      name: SPACE_NAME,
      hosts: limited('spaceHosts', z.array(z.string())).optional(),
      sseEndpoint: z.url({ protocol: /^https?$/ }).optional(),
    }),
    answers: { 201: one },
    run: (control, { body: { name, ...made } }) => report(control.spaces.create(name, made)),
  }),
  endpoint({
    method: 'GET',
    path: '/spaces/{name}',
    summary: 'One space',
    operation: 'spaces.get',
    params,
    answers: { 200: one },
    run: (control, call) => report(control.spaces.get(call.params.name)),
  }),
  endpoint({
    method: 'DELETE',
    path: '/spaces/{name}',
    summary: 'Delete a space, and end its streams',
    operation: 'spaces.delete',
    params,
    answers: { 204: { description: 'It is gone' } },
    run: (control, call) => control.spaces.delete(call.params.name),
  }),
]

function report({ control, ...space }: NamedSpace): z.infer<typeof SPACE> {
  const { changeId, items, sections, clients } = control.info()
  return { ...space, changeId, items, sections, clients }
}
