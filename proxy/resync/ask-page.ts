import { StringDecoder } from 'node:string_decoder'

import type { BackEndMessage } from '../backend/back-end-request.ts'
import { CookieJar } from '../backend/cookie-jar.ts'
import { openRequest } from '../backend/open-request.ts'
import { requestFields } from '../backend/request-fields.ts'
import type { BackEndTarget } from '../config/config.ts'
import { TimeLimit } from '../time-limit.ts'
import { type ChangeLogPage, ChangeLogPageReader, NoChangeLog } from './change-log-page.ts'

export interface PageRequest {
  readonly target: BackEndTarget
  /** URL of the page, as the back end named it. */
  readonly url: string
  /** ETag of the same page when it was asked before. */
  readonly etag: string | undefined
  readonly timeoutMs: number
  /** Origins that may be asked besides that of the back end, without the login. */
  readonly origins: readonly string[]
  readonly stop: AbortSignal
}

export interface PageAnswer {
  /** Undefined = not modified. */
  readonly page: ChangeLogPage | undefined
  readonly etag: string | undefined
}

const MAX_BYTES = 4_194_304
const TYPE = /^(?:application\/atom\+xml|application\/xml|text\/xml)[ \t]*(?:;|$)/i

/** What a back end says about a change log: it answers the page, 404, or 410. */
export type LogState = 'served' | 'missing' | 'gone'

/**
 * Asks for a page of a change log with the login of the back end. Redirects are not followed.
 * Rejects for every answer that is not a page, for a page above 4 MiB, and when it takes too long.
 */
export async function askPage(request: PageRequest): Promise<PageAnswer> {
  return await ask(request, async (response) => await readAnswer(response, request.url))
}

/** As `askPage`, but reads only the head of the answer. */
export async function askState(request: Omit<PageRequest, 'etag'>): Promise<LogState> {
  return await ask({ ...request, etag: undefined }, stateOf)
}

async function ask<T>(
  request: PageRequest,
  read: (response: BackEndMessage) => T | Promise<T>,
): Promise<T> {
  const { target, etag, timeoutMs, stop } = request
  const url = placeOf(request)
  if (url === undefined) throw new NoChangeLog('it is on another origin than the back end')
  const isOwn = url.origin === target.uri.origin
  const fields = requestFields({
    target,
    url,
    // [fetch §4.4] The login of one origin is not sent to another.
    isTrusted: isOwn,
    cookies: new CookieJar(),
    lastEventId: undefined,
    nowMs: 0,
  })
  using limit = new TimeLimit(timeoutMs, stop)
  const answered = async (response: BackEndMessage): Promise<T> => await read(response)
  const sent = {
    url,
    widestScope: undefined,
    target,
    isTrusted: isOwn,
    fields: {
      ...fields,
      Accept: 'application/atom+xml',
      ...(etag === undefined ? {} : { 'If-None-Match': etag }),
    },
    connectMs: timeoutMs,
    signal: limit.signal,
  }
  try {
    return await new Promise((resolve, reject) => {
      openRequest(sent, {
        onConnected: ignore,
        onInterim: ignore,
        onResponse: (response) => void answered(response).then(resolve, reject),
        onFailed: reject,
      })
    })
  } finally {
    limit.abort()
  }
}

/**
 * Where to connect for a URL of the back end; undefined for an origin that is not allowed. URLs of
 * the public host that `httpHeaders` name lead to the back end.
 */
function placeOf({ target, url: text, origins }: PageRequest): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.username !== '' || url.password !== '') return undefined
  if (url.origin === target.uri.origin || origins.includes(url.origin)) return url
  const publicHost = Object.entries(target.httpHeaders).find(([name]) => /^host$/i.test(name))
  if (publicHost === undefined || publicHost[1].trim().toLowerCase() !== url.host) return undefined
  return new URL(url.pathname + url.search, target.uri)
}

function stateOf({ statusCode, headers }: BackEndMessage): LogState {
  if (statusCode === 404) return 'missing'
  if (statusCode === 410) return 'gone'
  if (statusCode !== 200) throw new NoChangeLog(`expected 200, got ${statusCode}`)
  if (!TYPE.test(headers['content-type'] ?? '')) throw new NoChangeLog('it is not Atom')
  return 'served'
}

async function readAnswer(response: BackEndMessage, url: string): Promise<PageAnswer> {
  const { statusCode, headers } = response
  if (statusCode === 304) return { page: undefined, etag: headers.etag }
  if (statusCode !== 200) throw new NoChangeLog(`expected 200, got ${statusCode}`)
  if (!TYPE.test(headers['content-type'] ?? '')) throw new NoChangeLog('it is not Atom')
  const coding = headers['content-encoding'] ?? 'identity'
  if (coding !== 'identity') throw new NoChangeLog('it is compressed')
  const reader = new ChangeLogPageReader()
  const decoder = new StringDecoder('utf8')
  let length = 0
  for await (const bytes of response) {
    if (!Buffer.isBuffer(bytes)) continue
    length += bytes.length
    if (length > MAX_BYTES) throw new NoChangeLog(`it is larger than ${MAX_BYTES} bytes`)
    reader.write(decoder.write(bytes))
  }
  if (!response.complete) throw new NoChangeLog('it is cut off')
  return { page: reader.end(url), etag: headers.etag }
}

function ignore(): void {}
