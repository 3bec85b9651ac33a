import { z } from 'zod'

import { CLOCK_STATE } from '../../clock/clock-setting.ts'
import { FSYNC_MODES } from '../../durability/disk-sync.ts'
import { endpoint } from '../endpoint.ts'
import { MONITOR_EVENTS } from '../live-monitor.ts'

const count = z.int().min(0)

export const INFO_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/info',
    summary: 'What the store holds, and its settings',
    operation: 'info',
    answers: {
      200: {
        description: 'Counts and settings; no secrets',
        schema: z.strictObject({
          startedAt: z.iso.datetime(),
          clock: CLOCK_STATE,
          changeId: count,
          items: count,
          sections: count,
          binaries: z.strictObject({ files: count, bytes: count }),
          clients: count,
          workers: z.strictObject({ busy: count, waiting: count }),
          journal: z.strictObject({ cursor: count, goneUpTo: count }),
          kept: z
            .strictObject({
              folder: z.string(),
              fsync: z.enum(FSYNC_MODES),
              effects: count,
              tornBytes: count,
            })
            .nullable(),
          settings: z.record(z.string(), z.unknown()),
        }),
      },
    },
    run: (control) => control.info(),
  }),
  endpoint({
    method: 'GET',
    path: '/stats',
    summary: 'Follow the counts of connections and requests, and the uptime',
    operation: 'monitor.follow',
    answers: {
      200: {
        description: `Named events ${MONITOR_EVENTS.join(', ')}; the data of each is a number, the uptime in seconds`,
        media: 'text/event-stream',
        schema: count,
      },
    },
    run: (control, { request, response }) => {
      control.monitor.follow(request, response)
    },
  }),
  endpoint({
    method: 'GET',
    path: '/health/ready',
    summary: 'Whether the store is ready',
    operation: 'ready',
    answers: {
      200: { description: 'It is', schema: z.strictObject({ ready: z.literal(true) }) },
    },
    run: (control) => control.ready(),
  }),
]
