import type { Request, RequestHandler, Response, Router } from 'express'
import { z } from 'zod'

import { MockServerError } from '../errors.ts'
import { parseJson } from '../http/json-body.ts'
import { onceClosed } from '../http/once-closed.ts'
import { readBody } from '../http/read-body.ts'
import { answerCheck, assertDeclared } from './answer-check.ts'
import type { Call, Endpoint } from './endpoint.ts'
import { Reply } from './endpoint.ts'
import type { StoreControl } from './store-control.ts'

const NOTHING = z.strictObject({})

/** Serves the endpoints, and answers 405 to the other methods of their paths. */
export function mountEndpoints(
  router: Router,
  endpoints: readonly Endpoint[],
  control: StoreControl,
): void {
  for (const [path, ofPath] of byPath(endpoints)) {
    const route = router.route(expressPath(path))
    for (const endpoint of ofPath) {
      const handler = handlerOf(endpoint, control)
      switch (endpoint.method) {
        case 'GET':
          route.get(handler)
          break
        case 'POST':
          route.post(handler)
          break
        case 'PUT':
          route.put(handler)
          break
        case 'PATCH':
          route.patch(handler)
          break
        case 'DELETE':
          route.delete(handler)
      }
    }
    route.all(refuseMethod(ofPath.map(({ method }) => method)))
  }
}

function byPath(endpoints: readonly Endpoint[]): ReadonlyMap<string, readonly Endpoint[]> {
  const paths = new Map<string, Endpoint[]>()
  for (const endpoint of endpoints) {
    const ofPath = paths.get(endpoint.path)
    if (ofPath === undefined) paths.set(endpoint.path, [endpoint])
    else ofPath.push(endpoint)
  }
  return paths
}

/** `/items/{id}` as Express writes it: `/items/:id`. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function handlerOf(endpoint: Endpoint, control: StoreControl): RequestHandler {
  // Express passes a rejection to the error handler.
  return (request, response) => serve(endpoint, control, request, response)
}

async function serve(
  endpoint: Endpoint,
  control: StoreControl,
  request: Request,
  response: Response,
): Promise<void> {
  const result = await endpoint.run(control, readCall(endpoint, request, response))
  const [lowest = '200'] = Object.keys(endpoint.answers)
  const { status, body } = result instanceof Reply ? result : new Reply(Number(lowest), result)
  if (answerCheck.isOn) assertDeclared(endpoint, status, body)
  send(response, endpoint, status, body)
}

function readCall(endpoint: Endpoint, request: Request, response: Response): Call {
  return {
    params: readBody(endpoint.params ?? z.unknown(), { ...request.params }),
    query: readBody(endpoint.query ?? NOTHING, { ...request.query }),
    body: readGivenBody(endpoint, request),
    signal: signalOf(request, response),
    request,
    response,
  }
}

function readGivenBody({ method, body, bodyMedia }: Endpoint, request: Request): unknown {
  const bytes: unknown = request.body
  const given = Buffer.isBuffer(bytes) && bytes.length > 0 ? bytes : undefined
  if (bodyMedia !== undefined && body !== undefined) return readBody(body, textOf(given))
  const json = given === undefined ? undefined : parseJson(given)
  if (body === undefined && method === 'GET') return undefined
  return readBody(body ?? NOTHING, json)
}

function textOf(bytes: Buffer | undefined): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new MockServerError('bad-request', 'the body is not text in UTF-8', { cause: error })
  }
}

function signalOf(request: Request, response: Response): AbortSignal {
  const gone = new AbortController()
  onceClosed({ request, response }, () => {
    gone.abort(new MockServerError('bad-request', 'the client disconnected before the answer'))
  })
  return gone.signal
}

function send(response: Response, endpoint: Endpoint, status: number, body: unknown): void {
  const { media, schema } = endpoint.answers[status] ?? {}
  if (media !== undefined) {
    if (body === undefined) return // `run` writes to the response itself.
    response.status(status).type(media).send(body)
  } else if (schema === undefined) {
    response.status(status).end()
  } else {
    response.status(status).json(body)
  }
}

/** [http §9.3.7, §15.5.6] */
function refuseMethod(methods: readonly string[]): RequestHandler {
  const known = methods.includes('GET') ? methods.flatMap(withHead) : methods
  const allow = [...known, 'OPTIONS'].join(', ')
  return (request, response) => {
    response.set('Allow', allow)
    if (request.method !== 'OPTIONS') {
      throw new MockServerError(
        'method-not-allowed',
        `${request.method} is not allowed here; try ${allow}`,
      )
    }
    response.status(204).end()
  }
}

function withHead(method: string): readonly string[] {
  return method === 'GET' ? ['GET', 'HEAD'] : [method]
}
