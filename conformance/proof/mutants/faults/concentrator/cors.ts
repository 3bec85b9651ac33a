import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import {
  fieldValue,
  withField,
  withoutFields,
  type RequestHead,
  type ResponseHead,
} from '../../http/head.ts'
import type { Fault } from '../fault.ts'

const ORIGIN = 'Access-Control-Allow-Origin'
const CREDENTIALS = 'Access-Control-Allow-Credentials'

/** CORS faults. */
export const CORS_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  answering('no-cors', 'sends no CORS fields', (head) => withoutFields(head, ORIGIN, CREDENTIALS)),
  answering('cors-star', 'allows every site by *', (head, request) =>
    fieldValue(request, 'origin') === undefined ? head : withField(head, ORIGIN, '*'),
  ),
  answering('cors-without-credentials', 'does not allow credentials', (head) =>
    withoutFields(head, CREDENTIALS),
  ),
  answering('cors-for-all', 'also sends CORS fields to requests without Origin', (head) =>
    fieldValue(head, ORIGIN) === undefined ? withField(head, ORIGIN, 'http://somewhere') : head,
  ),
  answering('second-acao', 'sends the allowed origin twice', (head, request) => {
    const origin = fieldValue(request, 'origin')
    return origin === undefined ? head : { ...head, fields: [...head.fields, [ORIGIN, origin]] }
  }),
  {
    name: 'sticky-origin',
    description: 'sends the origin of the first site to every site',
    points: () => ({ response: sticky() }),
  },
  answering(
    'preflight-allows-all',
    'allows every method and field in a preflight',
    (head, request) => {
      const origin = fieldValue(request, 'origin')
      if (request.method !== 'OPTIONS' || origin === undefined) return head
      const allowed = withField(withField(head, ORIGIN, origin), CREDENTIALS, 'true')
      const methods = withField(allowed, 'Access-Control-Allow-Methods', 'GET,POST,HEAD,PUT,DELETE')
      const asked = fieldValue(request, 'access-control-request-headers') ?? ''
      return withField(methods, 'Access-Control-Allow-Headers', asked)
    },
  ),
  answering('refuses-other-sites', 'answers 403 to sites that are not allowed', (head, request) =>
    fieldValue(request, 'origin') === undefined || fieldValue(head, ORIGIN) !== undefined
      ? head
      : { ...head, status: 403, reason: 'Forbidden' },
  ),
  {
    name: 'cors-without-patterns',
    description: 'treats an asterisk in an allowed origin as a literal',
    points: () => ({ cors: { noPatterns: true } }),
  },
  {
    name: 'cors-without-vary',
    description: 'omits Vary: Origin',
    points: () => ({ cors: { vary: 'never' } }),
  },
  {
    name: 'cors-exposes-nothing',
    description: 'exposes no fields, ignoring the configuration',
    points: () => ({ cors: { settings: (right) => ({ ...right, exposedHeaders: [] }) } }),
  },
  {
    name: 'cors-always-credentials',
    description: 'allows credentials, ignoring the configuration',
    points: () => ({ cors: { settings: (right) => ({ ...right, allowCredentials: true }) } }),
  },
  {
    name: 'preflight-405',
    description: 'refuses OPTIONS',
    points: () => ({
      member: {
        answer: ({ method }) =>
          method === 'OPTIONS'
            ? { status: 405, reason: 'Method Not Allowed', fields: [['Content-Length', '0']] }
            : undefined,
      },
    }),
  },
]

type Response = (head: ResponseHead, request: RequestHead) => ResponseHead

function answering(
  name: string,
  description: string,
  response: Response,
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ response }) }
}

function sticky(): Response {
  let first: string | undefined
  return (head) => {
    first ??= fieldValue(head, ORIGIN)
    return first === undefined ? head : withField(head, ORIGIN, first)
  }
}
