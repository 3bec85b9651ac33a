import { z } from 'zod'

import { limited } from '../../http/limited.ts'
import { endpoint } from '../endpoint.ts'
import { numberParameter } from '../parameters.ts'
import { SECTION } from '../reports.ts'

const sections = z.strictObject({ sections: z.array(SECTION) })

export const SECTION_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/sections',
    summary: 'All sections',
    operation: 'sections',
    answers: { 200: { description: 'In the order of their ids', schema: sections } },
    run: (control) => ({ sections: control.sections() }),
  }),
  endpoint({
    method: 'POST',
    path: '/sections',
    summary: 'Add sections with consecutive ids',
    operation: 'addSections',
    body: z
      .strictObject({
        count: z.int().min(1).max(100_000).optional(),
        parent: z.int().positive().optional(),
        name: limited('titleLength', z.string().min(1)).optional(),
        inheritsAccess: z.boolean().optional(),
      })
      .transform(({ parent, ...rest }) => ({ ...rest, parentId: parent })),
    answers: { 201: { description: 'The new sections', schema: sections } },
    run: (control, { body }) => ({ sections: control.addSections(body) }),
  }),
  endpoint({
    method: 'PATCH',
    path: '/sections/{id}',
    summary: 'Rename a section',
    operation: 'updateSection',
    params: z.object({ id: numberParameter('section id') }),
    body: z.strictObject({ name: limited('titleLength', z.string().min(1)) }),
    answers: {
      200: {
        description: 'The section',
        schema: z.strictObject({ section: SECTION }),
      },
    },
    run: (control, { params, body }) => ({ section: control.updateSection(params.id, body) }),
  }),
  endpoint({
    method: 'DELETE',
    path: '/sections/{id}',
    summary: 'Remove sections that a test has added, with their items; no change is announced',
    operation: 'removeSections',
    params: z.object({ id: numberParameter('section id') }),
    query: z.strictObject({
      count: numberParameter('count', { min: 1, max: 100_000 }).optional(),
    }),
    answers: {
      200: {
        description: 'How many: `count` consecutive ids, default 1',
        schema: z.strictObject({ removed: z.int().min(1) }),
      },
    },
    run: (control, { params, query }) => control.removeSections(params.id, query.count),
  }),
]
