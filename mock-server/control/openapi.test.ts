import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readSettings } from '../settings.ts'
import type { MockContentStore } from '../start.ts'
import { serveStore } from '../testing/serve-store.ts'
import { CONTROL_ENDPOINTS } from './control-endpoints.ts'
import type { Endpoint } from './endpoint.ts'
import type { OpenApiDocument } from './openapi.ts'
import { controlRoutes } from './routes.ts'
import { EXAMPLES } from '../testing/control-examples.ts'

let store: MockContentStore
let document: OpenApiDocument
beforeAll(async () => {
  store = await serveStore()
  document = (await request(store.url).get('/__mock/openapi.json')).body
  ajv.addSchema(document, DOCUMENT)
})
afterAll(() => store.close())

/** To compile a schema of the document with all of its components would take most of the time. */
const DOCUMENT = 'openapi.json'
const ajv = addFormats.default(
  new Ajv2020({ strict: false, allErrors: true, inlineRefs: false, code: { optimize: false } }),
)

/** Throws when the document does not describe this answer. */
function assertDescribed(endpoint: Endpoint, status: number, type: string, body: unknown): void {
  const operation = document.paths[endpoint.path]?.[endpoint.method.toLowerCase()]
  const { content } = operation?.responses[status] ?? {}
  expect(type).toBe(Object.keys(content ?? {})[0] ?? '')
  if (content?.[type]?.schema === undefined) return
  const { path, method } = endpoint
  const place = [
    'paths',
    path,
    method.toLowerCase(),
    'responses',
    status,
    'content',
    type,
    'schema',
  ]
  const isValid = ajv.compile({ $ref: DOCUMENT + pointerOf(place) })
  expect(isValid(body), ajv.errorsText(isValid.errors)).toBe(true)
}

/** JSON Pointer to a place in a document, as the fragment of a URI [RFC 6901 §6]. */
function pointerOf(names: readonly (string | number)[]): string {
  const steps = names.map((name) => String(name).replaceAll('~', '~0').replaceAll('/', '~1'))
  return `#/${steps.map((step) => encodeURIComponent(step)).join('/')}`
}

/** Sends the example of an endpoint. Of a stream that lasts, it reads the head alone. */
async function call({ url }: MockContentStore, endpoint: Endpoint) {
  const { path = endpoint.path, query = '', body } = EXAMPLES[endpoint.operation] ?? {}
  const response = await fetch(`${url}/__mock${path}${query}`, {
    method: endpoint.method,
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const type = (response.headers.get('Content-Type') ?? '').split(';')[0] ?? ''
  if (type === 'text/event-stream') {
    await response.body?.cancel()
    return { status: response.status, type, body: undefined }
  }
  const text = await response.text()
  return { status: response.status, type, body: type.endsWith('json') ? JSON.parse(text) : text }
}

describe('GET /__mock/openapi.json', () => {
  it('the document of the control API is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...document })
    expect([valid, errors]).toEqual([true, undefined])
    expect(document.openapi).toBe('3.1.0')
  })

  it('the document of the control API has every route, and no other', () => {
    const router = controlRoutes(store.control, readSettings([]), () => {})
    const routes = router.stack.flatMap(({ route }) =>
      (route?.stack ?? [])
        .filter(({ method }) => method !== undefined)
        .map(({ method }) => `${method} ${route?.path.replaceAll(/:(\w+)/g, '{$1}')}`),
    )
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    expect(described.toSorted()).toEqual(routes.toSorted())
    expect(routes).toContain('get /items/{id}')
  })

  it('every operation of the control API has an id of its own, and every parameter of its path', () => {
    const ids = CONTROL_ENDPOINTS.map(({ operation }) => operation)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const { parameters = [] } of Object.values(methods)) {
        const named = parameters
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => `{${name}}`)
        expect([path, named]).toEqual([path, path.match(/\{\w+\}/g) ?? []])
      }
    }
  })

  it.each([
    ['GET', '/nowhere', undefined, 404],
    ['POST', '/info', undefined, 405],
    ['POST', '/items', '{', 400],
    ['PUT', '/lists/61', JSON.stringify({ items: [1] }), 404],
    ['POST', '/sections', JSON.stringify({ count: 20_000 }), 409],
  ] as const)(
    'the document of the control API describes the error of %s %s %j, a %i',
    async (method, path, body, status) => {
      const response = await fetch(`${store.url}/__mock${path}`, { method, ...(body && { body }) })
      expect(response.status).toBe(status)
      const isProblem = ajv.compile({ $ref: `${DOCUMENT}#/components/schemas/Problem` })
      expect(isProblem(await response.json()), ajv.errorsText(isProblem.errors)).toBe(true)
      expect(document.paths['/items']?.['post']?.['responses']).toMatchObject({
        default: {
          content: {
            [response.headers.get('Content-Type')?.split(';')[0] ?? '']: {
              schema: { $ref: '#/components/schemas/Problem' },
            },
          },
        },
      })
    },
  )

  it.each(CONTROL_ENDPOINTS.map((endpoint) => [endpoint.method, endpoint.path, endpoint] as const))(
    'the document of the control API describes the answer of %s %s',
    async (_method, _path, endpoint) => {
      await using fresh = await serveStore()
      await EXAMPLES[endpoint.operation]?.before?.(fresh)
      const { status, type, body } = await call(fresh, endpoint)
      expect([status, Object.keys(endpoint.answers)]).toEqual([
        expect.toSatisfy((code: number) => code < 300, 'a success'),
        expect.arrayContaining([String(status)]),
      ])
      assertDescribed(endpoint, status, type, body)
    },
  )
})
