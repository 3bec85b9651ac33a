import { z } from 'zod'

import { endpoint } from '../endpoint.ts'

export const OVERVIEW_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/',
    summary: 'What is there',
    operation: 'index',
    answers: {
      200: {
        description: 'The label and the random seed of the store, and its endpoints',
        schema: z.strictObject({
          name: z.literal('Mock Content Store'),
          label: z.string(),
          randomSeed: z.int().min(1),
          links: z.array(
            z.strictObject({ method: z.string(), href: z.string(), summary: z.string() }),
          ),
        }),
      },
    },
    run: (control, { request }) => control.index(request.baseUrl),
  }),
  endpoint({
    method: 'GET',
    path: '/openapi.json',
    summary: 'The control API in OpenAPI 3.1',
    operation: 'openApi',
    answers: {
      200: { description: 'This document', schema: z.record(z.string(), z.unknown()) },
    },
    run: (control, { request }) => control.openApi(request.baseUrl),
  }),
]
