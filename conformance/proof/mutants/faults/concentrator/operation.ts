import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { AdminAnswer } from '../../concentrator/front/admin.ts'
import type { RequestHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

const NOT_FOUND = { status: 404, reason: 'Not Found', body: '' }

/** Faults of operation: the admin port, and stopping. */
export const OPERATION_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  administering('ping-without-newline', 'answers /ping with a bare pong', ({ target }, right) =>
    target === '/ping' ? { ...right, body: 'pong' } : right,
  ),
  administering('ping-404', 'answers 404 to /ping', ({ target }, right) =>
    target === '/ping' ? { ...right, status: 404, reason: 'Not Found', body: '' } : right,
  ),
  administering('always-healthy', 'always reports itself as healthy', ({ target }, right) =>
    target === '/healthcheck' ? { ...right, status: 200, reason: 'OK' } : right,
  ),
  administering('never-healthy', 'always reports itself as unhealthy', ({ target }, right) =>
    target === '/healthcheck' ? { ...right, status: 500, reason: 'Internal Server Error' } : right,
  ),
  administering(
    'health-without-checks',
    'does not name the unhealthy back end',
    ({ target }, right) => (target === '/healthcheck' ? { ...right, body: '{}' } : right),
  ),
  administering(
    'stream-on-admin',
    'labels every admin page as an event stream',
    (_request, right) => ({
      ...right,
      status: 200,
      type: 'text/event-stream',
    }),
  ),
  {
    name: 'admin-on-front',
    description: 'answers /ping on the application port',
    points: () => ({
      member: {
        answer: ({ target }) =>
          target === '/ping'
            ? {
                status: 200,
                reason: 'OK',
                fields: [
                  ['Content-Type', 'text/plain'],
                  ['Content-Length', '0'],
                ],
              }
            : undefined,
      },
    }),
  },
  answering(
    'health-as-text',
    'sends /healthcheck as text/plain instead of application/json',
    '/healthcheck',
    () => ({ type: 'text/plain' }),
  ),
  answering(
    'health-as-list',
    'answers /healthcheck with a JSON array instead of an object',
    '/healthcheck',
    () => ({ body: '[{"name":"a"}]' }),
  ),
  answering('metrics-404', 'answers /metrics with 404', '/metrics', () => NOT_FOUND),
  answering(
    'metrics-as-text',
    'sends /metrics as text/plain instead of application/json',
    '/metrics',
    () => ({ type: 'text/plain' }),
  ),
  answering('threads-404', 'answers /threads with 404', '/threads', () => NOT_FOUND),
  answering('task-404', 'answers POST /tasks/gc with 404', '/tasks/gc', ({ status }) =>
    status === 405 ? {} : NOT_FOUND,
  ),
  answering('task-by-get', 'answers GET /tasks/gc with 200 instead of 405', '/tasks/gc', () => ({
    status: 200,
    reason: 'OK',
  })),
  answering(
    'any-task',
    'answers a task that it does not know with 200 instead of 404',
    '/tasks/no-such-page',
    () => ({ status: 200, reason: 'OK' }),
  ),
  answering('menu-404', 'answers / on the admin port with 404', '/', () => NOT_FOUND),
  answering('menu-without-links', 'sends an admin menu without links', '/', () => ({
    body: '<!doctype html>',
  })),
  answering(
    'admin-200-for-all',
    'answers an unknown path on the admin port with 200 instead of 404',
    '/no-such-page',
    () => ({ status: 200, reason: 'OK' }),
  ),
  administering(
    'admin-cacheable',
    'allows caches to store the pages of the admin port',
    (_request, right) => ({
      ...right,
      cacheControl: 'max-age=60',
    }),
  ),
  {
    name: 'stop-cuts-clients',
    description: 'aborts streams at shutdown',
    points: () => ({ stop: 'cuts-clients' }),
  },
  {
    name: 'stop-leaves-upstreams',
    description: 'keeps its upstream connections open at shutdown',
    points: () => ({ stop: 'leaves-upstreams' }),
  },
  stopping('stops-slowly', 'takes 15 s', 'slowly'),
  stopping(
    'stop-waits-for-clients',
    'waits up to 15 s until its clients have read everything',
    'waits-for-clients',
  ),
  stopping('accepts-after-stop', 'keeps accepting clients', 'goes-on-accepting'),
  stopping('stops-without-retry', 'sends no retry', 'without-retry'),
  stopping('stops-with-one-retry', 'sends every client the same retry', 'same-retry'),
  dying('worker-death-cuts-all', 'disconnects every client when one process dies', 'cuts-all'),
  dying('worker-death-loses-log', 'loses its log when one process dies', 'loses-log'),
  dying(
    'worker-death-reopens-back-ends',
    'reopens its back end connections when one process dies',
    'reopens-upstreams',
  ),
  dying('worker-death-is-final', 'stops serving clients when one process dies', 'is-final'),
]

function administering(
  name: string,
  description: string,
  admin: (request: RequestHead, right: AdminAnswer) => AdminAnswer,
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ admin }) }
}

/** Replaces the response of one admin page. */
function answering(
  name: string,
  description: string,
  page: string,
  change: (right: AdminAnswer) => Partial<AdminAnswer>,
): Fault<ConcentratorFaults> {
  return administering(name, description, ({ target }, right) =>
    target === page ? { ...right, ...change(right) } : right,
  )
}

function stopping(
  name: string,
  description: string,
  stop: ConcentratorFaults['stop'],
): Fault<ConcentratorFaults> {
  return { name, description: `${description} at shutdown`, points: () => ({ stop }) }
}

function dying(
  name: string,
  description: string,
  workerDeath: ConcentratorFaults['workerDeath'],
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ workerDeath }) }
}
