import { fieldValue, type Field, type RequestHead } from '../../http/head.ts'

/** The vendor's `cors` block. */
export interface CorsSettings {
  /** Names; `*` matches any characters. */
  readonly allowedOrigins: readonly string[]
  readonly allowedMethods: readonly string[]
  readonly allowedHeaders: readonly string[]
  readonly exposedHeaders: readonly string[]
  readonly allowCredentials: boolean
  readonly maxAgeSeconds: number
}

export const DEFAULT_CORS: CorsSettings = {
  allowedOrigins: ['*'],
  allowedMethods: ['GET', 'POST', 'HEAD'],
  allowedHeaders: ['X-Requested-With', 'Content-Type', 'Accept', 'Origin'],
  exposedHeaders: [],
  allowCredentials: true,
  maxAgeSeconds: 1800,
}

/** Deviations from the settings. */
export interface CorsFaults {
  /** Replaces the settings. */
  readonly settings?: ((right: CorsSettings) => CorsSettings) | undefined
  readonly vary?: 'never' | undefined
  /** True: compares origins exactly and ignores wildcards. */
  readonly noPatterns?: boolean | undefined
}

/** The CORS fields for a request. None when its origin is not allowed. */
export function corsFields(
  request: RequestHead,
  given: CorsSettings,
  faults: CorsFaults = {},
): readonly Field[] {
  const settings = faults.settings?.(given) ?? given
  const origin = fieldValue(request, 'origin')
  if (origin === undefined || !isAllowedOrigin(origin, settings, faults)) return []
  const { allowedOrigins, exposedHeaders, allowCredentials } = settings
  const fields: Field[] = [['Access-Control-Allow-Origin', origin]]
  if (!allowedOrigins.includes('*') && faults.vary !== 'never') fields.push(['Vary', 'Origin'])
  if (allowCredentials) fields.push(['Access-Control-Allow-Credentials', 'true'])
  const method = fieldValue(request, 'access-control-request-method')
  if (request.method !== 'OPTIONS' || method === undefined) {
    if (exposedHeaders.length > 0)
      fields.push(['Access-Control-Expose-Headers', exposedHeaders.join(',')])
    return fields
  }
  return isAllowedPreflight(method, request, settings) ? [...fields, ...allows(settings)] : []
}

// A preflight that asks for more than is allowed gets no CORS fields. The response is otherwise the
// same.
function isAllowedPreflight(
  method: string,
  request: RequestHead,
  { allowedMethods, allowedHeaders }: CorsSettings,
): boolean {
  const known = new Set(allowedHeaders.map((name) => name.toLowerCase()))
  return allowedMethods.includes(method) && asked(request).every((name) => known.has(name))
}

function allows({ maxAgeSeconds, allowedMethods, allowedHeaders }: CorsSettings): readonly Field[] {
  return [
    ['Access-Control-Max-Age', String(maxAgeSeconds)],
    ['Access-Control-Allow-Methods', allowedMethods.join(',')],
    ['Access-Control-Allow-Headers', allowedHeaders.join(',')],
  ]
}

function isAllowedOrigin(
  origin: string,
  { allowedOrigins }: CorsSettings,
  { noPatterns }: CorsFaults,
): boolean {
  return allowedOrigins.some((allowed) => {
    if (allowed === '*' || allowed === origin) return true
    if (noPatterns === true) return false
    const pattern = allowed.replaceAll(/[.+?^$()|[\]{}\\]/g, String.raw`\$&`).replaceAll('*', '.*')
    return new RegExp(`^${pattern}$`).test(origin)
  })
}

function asked(request: RequestHead): readonly string[] {
  const list = fieldValue(request, 'access-control-request-headers') ?? ''
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}
