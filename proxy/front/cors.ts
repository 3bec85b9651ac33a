/** Name and value of a header field. */
export type Field = readonly [name: string, value: string]

/** The block `cors` of the configuration, which is that of Jetty's CrossOriginFilter. */
export interface CorsOptions {
  /** Exact origins, or patterns with `*`. */
  readonly allowedOrigins: readonly string[]
  readonly allowedHeaders: readonly string[]
  readonly allowedMethods: readonly string[]
  readonly exposedHeaders: readonly string[]
  readonly allowCredentials: boolean
  readonly preflightMaxAge: number
  /** Whether a preflight goes on to the stream's own answer to OPTIONS, or ends with an empty 200. */
  readonly chainPreflight: boolean
}

/** A cross-origin request that asks what it may do. */
export interface Preflight {
  readonly origin: string | undefined
  readonly method: string
  /** Value of Access-Control-Request-Headers. */
  readonly headers: string | undefined
}

const LONGEST_ORIGIN = 512

/** Which other sites' pages may read the stream; an origin that may not is served all the same, without the fields. */
export class Cors {
  readonly #options: CorsOptions
  readonly #allowsAll: boolean
  readonly #patterns: readonly RegExp[]

  constructor(options: CorsOptions) {
    this.#options = options
    this.#allowsAll = options.allowedOrigins.includes('*')
    this.#patterns = options.allowedOrigins.map(toPattern)
  }

  get chainsPreflight(): boolean {
    return this.#options.chainPreflight
  }

  /** Fields of an answer to a request from this origin. */
  fieldsFor(origin: string | undefined): readonly Field[] {
    if (origin === undefined || !this.#allows(origin)) return []
    const { exposedHeaders } = this.#options
    const fields = this.#originFields(origin)
    if (exposedHeaders.length === 0) return fields
    return [...fields, ['Access-Control-Expose-Headers', exposedHeaders.join(',')]]
  }

  /** Fields of an answer to a preflight. */
  fieldsForPreflight({ origin, method, headers }: Preflight): readonly Field[] {
    const { allowedMethods, allowedHeaders, preflightMaxAge } = this.#options
    const asked = (headers ?? '').split(',').map((name) => name.trim().toLowerCase())
    const known = new Set(allowedHeaders.map((name) => name.toLowerCase()))
    const allows =
      origin !== undefined &&
      this.#allows(origin) &&
      allowedMethods.includes(method) &&
      asked.every((name) => name === '' || known.has(name))
    if (!allows) return []
    const fields = this.#originFields(origin)
    const age: readonly Field[] =
      preflightMaxAge > 0 ? [['Access-Control-Max-Age', String(preflightMaxAge)]] : []
    return [
      ...fields,
      ...age,
      ['Access-Control-Allow-Methods', allowedMethods.join(',')],
      ['Access-Control-Allow-Headers', allowedHeaders.join(',')],
    ]
  }

  /** [fetch §3.2.3] A list of origins matches if one of them does. */
  #allows(origins: string): boolean {
    if (this.#allowsAll) return true
    // No host name is that long, and a pattern must not be made to search in vain.
    if (origins.length > LONGEST_ORIGIN) return false
    return origins
      .split(' ')
      .some((origin) => this.#patterns.some((pattern) => pattern.test(origin)))
  }

  #originFields(origin: string): readonly Field[] {
    const credentials: readonly Field[] = this.#options.allowCredentials
      ? [['Access-Control-Allow-Credentials', 'true']]
      : []
    // The origin is echoed, never `*`: only then may a page ask with credentials.
    // When not every origin gets the same, a cache in between has to know.
    const vary: readonly Field[] = this.#allowsAll ? [] : [['Vary', 'Origin']]
    return [['Access-Control-Allow-Origin', origin], ...vary, ...credentials]
  }
}

/** `*` stands for any text, every other character for itself. */
function toPattern(origin: string): RegExp {
  const escaped = origin
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${escaped.join('.*')}$`)
}
