import { setTimeout as sleep } from 'node:timers/promises'

import { MockServerError } from '../errors.ts'
import type { Login } from '../knobs.ts'

export interface PoliteClientOptions {
  /** What stands before `/webservice` in the URLs of the store; nothing is sent anywhere else. */
  readonly baseUrl: string
  readonly login?: Login | undefined
  /** Requests a second at most. */
  readonly rate: number
  readonly maxRequests: number
  /** Ends every request and wait, with the reason that is thrown. */
  readonly signal: AbortSignal
}

export interface StoreRequest {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Default true. */
  readonly withLogin?: boolean | undefined
  /** Waits for the answer also when `learn` is stopped: it says what has to be put back. Default false. */
  readonly mustFinish?: boolean | undefined
}

export interface StoreAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Largest answer that is read. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const ANSWER_MS = 20_000

/**
 * One request at a time, no more of them a second than allowed, answers of bounded size. Redirects are not followed, and
 * the login goes to the store's own origin only.
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

  /** The same store at the same pace, until `signal` alone ends it: for what must be put back in the end. */
  lastWish(signal: AbortSignal): PoliteClient {
    return new PoliteClient({ ...this.#options, signal, maxRequests: Infinity })
  }

  /**
   * Asks for the path and query of `url`, whatever origin it names. Throws `unreachable` when no answer comes, `timed-out`
   * when the time or the number of requests is used up.
   */
  async send(url: string, request: StoreRequest = {}): Promise<StoreAnswer> {
    const response = await this.open(url, request, AbortSignal.timeout(ANSWER_MS))
    try {
      const text = await readBounded(response)
      return { status: response.status, headers: response.headers, text }
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** The same, for an answer that the caller reads until it aborts `stop`. */
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
        `stopped after ${maxRequests} requests; allow more with --max-requests`,
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
 * Path and query of a URL of the web service, from `/webservice` on: a store behind a front server may name hosts and
 * paths that only others know. Throws `unreachable` for what is no URL.
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

/** What the network says; `fetch` hides it in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `none within ${ANSWER_MS} ms`
  return error.cause instanceof Error ? error.cause.message : error.message
}
