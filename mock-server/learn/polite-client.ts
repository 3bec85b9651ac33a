import { setTimeout as sleep } from 'node:timers/promises'

import { MockServerError } from '../errors.ts'
import type { Login } from '../knobs/server.ts'
import { TimeLimit } from '../time-limit.ts'
import { counted } from '../counted.ts'

export interface PoliteClientOptions {
  /** The part before `/webservice` in the store's URLs. The client sends requests nowhere else. */
  readonly baseUrl: string
  readonly login?: Login | undefined
  /** Largest number of requests per second. */
  readonly rate: number
  readonly maxRequests: number
  /** Aborts every request and wait. Its reason is thrown. */
  readonly signal: AbortSignal
}

export interface StoreRequest {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Default true. */
  readonly withLogin?: boolean | undefined
  /**
   * Whether to wait for the answer even when `learn` is stopped, because it says what must be
   * undone. Default false.
   */
  readonly mustFinish?: boolean | undefined
}

export interface StoreAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Largest response. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const ANSWER_MS = 20_000

/**
 * Sends one request at a time, with a limited rate and limited responses. Follows no redirects, and
 * sends the login only to the store's own origin.
 */
export class PoliteClient {
  readonly #options: PoliteClientOptions
  #nextAt = 0
  #requests = 0

  constructor(options: PoliteClientOptions) {
    this.#options = options
  }

  get baseUrl(): string {
    return this.#options.baseUrl
  }

  get signal(): AbortSignal {
    return this.#options.signal
  }

  get requests(): number {
    return this.#requests
  }

  /** A client with the same rate that only `signal` stops: for the clean-up at the end. */
  lastWish(signal: AbortSignal): PoliteClient {
    return new PoliteClient({ ...this.#options, signal, maxRequests: Infinity })
  }

  /**
   * Requests the path and query of `url`, but ignores its origin. Throws `unreachable` if there is
   * no answer, `timed-out` when the time or the number of requests is used up.
   */
  async send(url: string, request: StoreRequest = {}): Promise<StoreAnswer> {
    using limit = new TimeLimit(ANSWER_MS)
    const response = await this.open(url, request, limit.signal)
    try {
      const text = await readBounded(response)
      return { status: response.status, headers: response.headers, text }
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** Like `send`, but the caller reads the response until it aborts `stop`. */
  async open(url: string, request: StoreRequest, stop: AbortSignal): Promise<Response> {
    const { method = 'GET', headers = {}, body, withLogin = true, mustFinish = false } = request
    const { baseUrl, login, signal } = this.#options
    await this.#takeTurn()
    const authorization =
      withLogin && login !== undefined ? { Authorization: basic(login) } : undefined
    const stops = mustFinish ? stop : AbortSignal.any([signal, stop])
    try {
      return await fetch(baseUrl + pathOf(url), {
        method,
        headers: { ...headers, ...authorization },
        ...(body === undefined ? {} : { body }),
        redirect: 'manual',
        signal: stops,
      })
    } catch (error) {
      throw this.#failure(error)
    }
  }

  async #takeTurn(): Promise<void> {
    const { rate, maxRequests, signal } = this.#options
    signal.throwIfAborted()
    this.#requests += 1
    if (this.#requests > maxRequests) {
      throw new MockServerError(
        'timed-out',
        `stopped after ${counted(maxRequests, 'request')}; allow more with --max-requests`,
      )
    }
    const now = performance.now()
    const at = Math.max(now, this.#nextAt)
    this.#nextAt = at + 1000 / rate
    if (at > now) await sleep(at - now, undefined, { signal }).catch(() => signal.throwIfAborted())
  }

  #failure(error: unknown): unknown {
    const { signal, baseUrl } = this.#options
    if (error instanceof MockServerError) return error
    if (signal.aborted) return signal.reason
    return new MockServerError('unreachable', `no answer from ${baseUrl}: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

const SERVICE = '/webservice/'

/**
 * Path and query of a URL of the web service, from `/webservice` on. A store behind a front server
 * may use hosts and paths that this client cannot reach. Throws `unreachable` if it is not a URL.
 */
export function pathOf(url: string): string {
  const base = 'http://store.invalid'
  if (!URL.canParse(url, base)) {
    const shown = JSON.stringify(url.slice(0, 200))
    throw new MockServerError('unreachable', `the store links to ${shown}, which is no URL`)
  }
  const { pathname, search } = new URL(url, base)
  return pathname.slice(Math.max(pathname.indexOf(SERVICE), 0)) + search
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES)
      throw new MockServerError(
        'unreachable',
        `expected an answer of at most ${MAX_ANSWER_BYTES} bytes`,
      )
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function basic({ name, password }: Login): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** The network error. `fetch` puts it into the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `none within ${ANSWER_MS} ms`
  return error.cause instanceof Error ? error.cause.message : error.message
}
