import type { CorsSettings } from '../config/settings.ts'
import { TextPattern } from '../text-pattern.ts'

/** Name and value of a header field. */
export type Field = readonly [name: string, value: string]

/** A cross-origin request that asks what it may do. */
export interface Preflight {
  readonly origin: string | undefined
  readonly method: string
  /** Value of Access-Control-Request-Headers. */
  readonly headers: string | undefined
}

/** No host name is longer. */
const LONGEST_ORIGIN = 512

/**
 * Always allowed: without it a page of another site could read a stream but not resume it [sse
 * §9.2.3].
 */
const RESUME_FIELD = 'Last-Event-ID'
/** Polyfills send these with each long poll, and the browser asks whether they may. */
const LONG_POLL_FIELDS = ['X-Requested-With', 'Cache-Control'] as const

/**
 * Which other sites' pages may read the stream; an origin that may not is served all the same,
 * without the fields.
 */
export class Cors {
  readonly #options: CorsSettings
  readonly #allowsAll: boolean
  readonly #patterns: readonly TextPattern[]
  readonly #allowsAllHeaders: boolean
  readonly #allowedHeaders: readonly string[]
  readonly #knownHeaders: ReadonlySet<string>

  /** `servesLongPolls` = whether pages of other sites may send what a long poll consists of. */
  constructor(options: CorsSettings, servesLongPolls = false) {
    this.#options = options
    this.#allowsAll = options.allowedOrigins.includes('*')
    this.#patterns = options.allowedOrigins.map((origin) => new TextPattern(origin))
    this.#allowsAllHeaders = options.allowedHeaders.includes('*')
    const always = [...(servesLongPolls ? LONG_POLL_FIELDS : []), RESUME_FIELD]
    const others = options.allowedHeaders.filter((name) => !isIn(always, name))
    this.#allowedHeaders = [...others, ...always]
    this.#knownHeaders = new Set(this.#allowedHeaders.map((name) => name.toLowerCase()))
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
    const { allowedMethods, preflightMaxAge } = this.#options
    const asked = (headers ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    const allows =
      origin !== undefined &&
      this.#allows(origin) &&
      allowedMethods.includes(method) &&
      (this.#allowsAllHeaders || asked.every((name) => this.#knownHeaders.has(name.toLowerCase())))
    if (!allows) return []
    const fields = this.#originFields(origin)
    const age: readonly Field[] =
      preflightMaxAge > 0 ? [['Access-Control-Max-Age', String(preflightMaxAge)]] : []
    return [
      ...fields,
      ...age,
      ['Access-Control-Allow-Methods', allowedMethods.join(',')],
      ['Access-Control-Allow-Headers', this.#allowedHeadersFor(asked).join(',')],
    ]
  }

  /**
   * Credentials rule out `*` as an answer: when all are allowed, those that are asked for are
   * named.
   */
  #allowedHeadersFor(asked: readonly string[]): readonly string[] {
    return this.#allowsAllHeaders ? asked : this.#allowedHeaders
  }

  /** [fetch §3.2.3] A list of origins matches if one of them does. */
  #allows(origins: string): boolean {
    if (this.#allowsAll) return true
    if (origins.length > LONGEST_ORIGIN) return false
    return origins
      .split(' ')
      .some((origin) => this.#patterns.some((pattern) => pattern.matches(origin)))
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

function isIn(fields: readonly string[], name: string): boolean {
  return fields.some((field) => field.toLowerCase() === name.toLowerCase())
}
