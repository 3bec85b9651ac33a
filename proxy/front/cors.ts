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

/** Settings, prepared for requests. */
interface CorsRules {
  readonly settings: CorsSettings
  readonly allowsAll: boolean
  readonly patterns: readonly TextPattern[]
  readonly allowsAllHeaders: boolean
  readonly allowedHeaders: readonly string[]
  readonly knownHeaders: ReadonlySet<string>
}

/**
 * Which other sites' pages may read the stream; an origin that may not is served all the same,
 * without the fields.
 */
export class Cors {
  readonly #servesLongPolls: boolean
  #rules: CorsRules
  #revision = 0

  /** `servesLongPolls` = whether pages of other sites may send what a long poll consists of. */
  constructor(settings: CorsSettings, servesLongPolls = false) {
    this.#servesLongPolls = servesLongPolls
    this.#rules = rulesOf(settings, servesLongPolls)
  }

  /** These settings are for the requests from now on. */
  replace(settings: CorsSettings): void {
    this.#rules = rulesOf(settings, this.#servesLongPolls)
    this.#revision += 1
  }

  /** Differs after `replace`. */
  get revision(): number {
    return this.#revision
  }

  get chainsPreflight(): boolean {
    return this.#rules.settings.chainPreflight
  }

  /** Fields of an answer to a request from this origin. */
  fieldsFor(origin: string | undefined): readonly Field[] {
    if (origin === undefined || !this.#allows(origin)) return []
    const { exposedHeaders } = this.#rules.settings
    const fields = this.#originFields(origin)
    if (exposedHeaders.length === 0) return fields
    return [...fields, ['Access-Control-Expose-Headers', exposedHeaders.join(',')]]
  }

  /** Fields of an answer to a preflight. */
  fieldsForPreflight({ origin, method, headers }: Preflight): readonly Field[] {
    const { settings, allowsAllHeaders, knownHeaders } = this.#rules
    const { allowedMethods, preflightMaxAge } = settings
    const asked = (headers ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    const allows =
      origin !== undefined &&
      this.#allows(origin) &&
      allowedMethods.includes(method) &&
      (allowsAllHeaders || asked.every((name) => knownHeaders.has(name.toLowerCase())))
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
    const { allowsAllHeaders, allowedHeaders } = this.#rules
    return allowsAllHeaders ? asked : allowedHeaders
  }

  /** [fetch §3.2.3] A list of origins matches if one of them does. */
  #allows(origins: string): boolean {
    const { allowsAll, patterns } = this.#rules
    if (allowsAll) return true
    if (origins.length > LONGEST_ORIGIN) return false
    return origins.split(' ').some((origin) => patterns.some((pattern) => pattern.matches(origin)))
  }

  #originFields(origin: string): readonly Field[] {
    const { settings, allowsAll } = this.#rules
    const credentials: readonly Field[] = settings.allowCredentials
      ? [['Access-Control-Allow-Credentials', 'true']]
      : []
    // The origin is echoed, never `*`: only then may a page ask with credentials.
    // When not every origin gets the same, a cache in between has to know.
    const vary: readonly Field[] = allowsAll ? [] : [['Vary', 'Origin']]
    return [['Access-Control-Allow-Origin', origin], ...vary, ...credentials]
  }
}

function rulesOf(settings: CorsSettings, servesLongPolls: boolean): CorsRules {
  const always = [...(servesLongPolls ? LONG_POLL_FIELDS : []), RESUME_FIELD]
  const others = settings.allowedHeaders.filter((name) => !isIn(always, name))
  const allowedHeaders = [...others, ...always]
  return {
    settings,
    allowsAll: settings.allowedOrigins.includes('*'),
    patterns: settings.allowedOrigins.map((origin) => new TextPattern(origin)),
    allowsAllHeaders: settings.allowedHeaders.includes('*'),
    allowedHeaders,
    knownHeaders: new Set(allowedHeaders.map((name) => name.toLowerCase())),
  }
}

function isIn(fields: readonly string[], name: string): boolean {
  return fields.some((field) => field.toLowerCase() === name.toLowerCase())
}
