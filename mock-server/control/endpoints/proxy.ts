import { z } from 'zod'

import { PROXY_REPORT, PROXY_SETTING } from '../../page/proxy-link.ts'
import { LANE_EVENT } from '../../page/lanes.ts'
import { endpoint } from '../endpoint.ts'

const addresses = z.strictObject({ url: z.string(), adminUrl: z.string() })
const report = { description: 'Its addresses, and what its admin port says', schema: PROXY_REPORT }

export const PROXY_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/proxy',
    summary: 'The proxy in front of this store, its health and its metrics',
    operation: 'proxy.report',
    answers: { 200: report },
    run: (control) => control.proxy.report(),
  }),
  endpoint({
    method: 'PUT',
    path: '/proxy',
    summary: 'Name a proxy in front of this store: on loopback, or on an allowed host',
    operation: 'proxy.set',
    body: PROXY_SETTING,
    answers: { 200: { description: 'Its addresses', schema: addresses } },
    run: (control, { body }) => control.proxy.set(body),
  }),
  endpoint({
    method: 'GET',
    path: '/proxy/lanes',
    summary: 'Follow what the store sends and what a client of the proxy gets, by one clock',
    operation: 'proxy.follow',
    answers: {
      200: {
        description: 'Each event of both streams; opens a stream at the proxy',
        media: 'text/event-stream',
        schema: LANE_EVENT,
      },
    },
    run: (control, { request, response }) => {
      control.proxy.follow(request, response)
    },
  }),
]
