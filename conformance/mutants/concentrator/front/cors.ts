import { fieldValue, type Field, type RequestHead } from '../../http/head.ts'

const METHODS = ['GET', 'POST', 'HEAD']
const HEADERS = ['X-Requested-With', 'Content-Type', 'Accept', 'Origin']
const MAX_AGE_S = 1800

/** The fields that let pages of other sites read the stream: any origin, echoed, with credentials. */
export function corsFields(request: RequestHead): readonly Field[] {
  const origin = fieldValue(request, 'origin')
  if (origin === undefined) return []
  const fields: readonly Field[] = [
    ['Access-Control-Allow-Origin', origin],
    ['Access-Control-Allow-Credentials', 'true'],
  ]
  const method = fieldValue(request, 'access-control-request-method')
  if (request.method !== 'OPTIONS' || method === undefined) return fields
  // A preflight that asks for more than is allowed gets no fields at all; the answer is the same otherwise.
  if (!METHODS.includes(method) || !asked(request).every(isAllowed)) return []
  return [
    ...fields,
    ['Access-Control-Max-Age', String(MAX_AGE_S)],
    ['Access-Control-Allow-Methods', METHODS.join(',')],
    ['Access-Control-Allow-Headers', HEADERS.join(',')],
  ]
}

function asked(request: RequestHead): readonly string[] {
  const list = fieldValue(request, 'access-control-request-headers') ?? ''
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}

function isAllowed(name: string): boolean {
  return HEADERS.some((allowed) => allowed.toLowerCase() === name)
}
