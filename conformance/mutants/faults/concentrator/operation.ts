import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { AdminAnswer } from '../../concentrator/front/admin.ts'
import type { RequestHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

/** Ways to be wrong towards those who operate the proxy: the admin port, and stopping. */
export const OPERATION_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  administering('ping-without-newline', 'answers /ping with a bare pong', ({ target }, right) =>
    target === '/ping' ? { ...right, body: 'pong' } : right,
  ),
  administering('ping-404', 'does not know /ping', ({ target }, right) =>
    target === '/ping' ? { ...right, status: 404, reason: 'Not Found', body: '' } : right,
  ),
  administering(
    'always-healthy',
    'finds itself healthy whatever its back ends do',
    ({ target }, right) =>
      target === '/healthcheck' ? { ...right, status: 200, reason: 'OK' } : right,
  ),
  administering(
    'never-healthy',
    'finds itself ill whatever its back ends do',
    ({ target }, right) =>
      target === '/healthcheck'
        ? { ...right, status: 500, reason: 'Internal Server Error' }
        : right,
  ),
  administering(
    'health-without-checks',
    'does not say which back end is ill',
    ({ target }, right) => (target === '/healthcheck' ? { ...right, body: '{}' } : right),
  ),
  administering(
    'stream-on-admin',
    'calls everything on the admin port an event stream',
    (_request, right) => ({
      ...right,
      status: 200,
      type: 'text/event-stream',
    }),
  ),
  {
    name: 'admin-on-front',
    description: 'answers /ping where clients come',
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
  {
    name: 'stop-cuts-clients',
    description: 'breaks streams off when it is stopped',
    points: () => ({ stop: 'cuts-clients' }),
  },
  {
    name: 'stop-leaves-upstreams',
    description: 'keeps its upstream connections when it is stopped',
    points: () => ({ stop: 'leaves-upstreams' }),
  },
]

function administering(
  name: string,
  description: string,
  admin: (request: RequestHead, right: AdminAnswer) => AdminAnswer,
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ admin }) }
}
