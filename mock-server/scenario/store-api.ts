import { MockServerError } from '../errors.ts'
import type { Login } from '../knobs/server.ts'
import { TimeLimit } from '../time-limit.ts'
import { ScenarioFailure } from './failure.ts'

export interface StoreApiOptions {
  /** Scheme, host, port, and the path prefix of a space. */
  readonly url: string
  readonly login?: Login | undefined
  /** Aborts requests; its reason is thrown. */
  readonly signal: AbortSignal
}

export interface ApiRequest {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Real time. A fault may hold an answer back until the clock is advanced. */
const ANSWER_MS = 30_000
const MAX_SHOWN = 300

/** The store as a scenario uses it: its web service, and `/__mock`. */
export class StoreApi {
  readonly url: string
  readonly #authorization: string | undefined
  readonly #signal: AbortSignal

  constructor({ url, login, signal }: StoreApiOptions) {
    this.url = url
    this.#signal = signal
    this.#authorization =
      login && `Basic ${Buffer.from(`${login.name}:${login.password}`).toString('base64')}`
  }

  /** The login of the store, for requests to the store. */
  get headers(): Readonly<Record<string, string>> {
    return this.#authorization === undefined ? {} : { Authorization: this.#authorization }
  }

  /**
   * The path below `url` of a URL of the store. Its host is ignored: behind a proxy, it is the name
   * under which the proxy knows the store.
   */
  pathOf(url: string): string {
    if (!URL.canParse(url)) return url
    const { pathname, search } = new URL(url)
    const prefix = new URL(this.url).pathname.replace(/\/$/, '')
    return (pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : pathname) + search
  }

  /**
   * Sends JSON to `/__mock`, and returns the JSON of the answer. Throws `ScenarioFailure` for an
   * answer other than 2xx.
   */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { 'Content-Type': 'application/json' }
    const { status, text } = await this.send(`/__mock${path}`, { method, headers, ...json })
    if (status >= 200 && status < 300) return text === '' ? undefined : JSON.parse(text)
    throw new ScenarioFailure(`${method} /__mock${path}: ${status}: ${detailOf(text)}`)
  }

  /** Any request. Throws `unreachable` when no answer comes. */
  async send(path: string, { method = 'GET', headers, body }: ApiRequest): Promise<ApiAnswer> {
    const url = this.url + path
    using limit = new TimeLimit(ANSWER_MS, this.#signal)
    try {
      const response = await fetch(url, {
        method,
        headers: { ...this.headers, ...headers },
        redirect: 'manual',
        signal: limit.signal,
        ...(body === undefined ? {} : { body }),
      })
      return { status: response.status, headers: response.headers, text: await response.text() }
    } catch (error) {
      this.#signal.throwIfAborted()
      throw new MockServerError('unreachable', `${method} ${url}: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }
}

/** Without the stack; the cause says more than "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== ''
    ? error.cause.message
    : error.message
}

function detailOf(text: string): string {
  try {
    const problem: unknown = JSON.parse(text)
    if (typeof problem === 'object' && problem !== null && 'detail' in problem)
      return String(problem.detail)
  } catch {
    // No problem document.
  }
  return text.slice(0, MAX_SHOWN)
}
