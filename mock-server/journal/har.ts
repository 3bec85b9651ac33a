import { STATUS_CODES } from 'node:http'

import { VERSION } from '../version.ts'
import type { JournalEntry, RequestEntry, ResponseEntry } from './entry.ts'
import { correlationOf, durationOf, headersOf } from './report-entry.ts'

interface HarPair {
  readonly name: string
  readonly value: string
}

interface HarExchange {
  readonly startedDateTime: string
  readonly time: number
  readonly request: object
  readonly response: object
  readonly cache: object
  readonly timings: { readonly send: 0; readonly wait: number; readonly receive: 0 }
  readonly comment?: string | undefined
  /** Members that the format does not have begin with `_`. */
  readonly _correlation: readonly string[]
}

/** An HTTP Archive, version 1.2: exchanges without their bodies, which the journal does not keep. */
export interface Har {
  readonly log: {
    readonly version: '1.2'
    readonly creator: { readonly name: string; readonly version: string }
    readonly entries: readonly HarExchange[]
  }
}

/** The exchanges of `entries`, in the order of their requests. */
export function harOf(entries: Iterable<JournalEntry>): Har {
  const creator = { name: 'mock-content-store', version: VERSION }
  return { log: { version: '1.2', creator, entries: requestsOf(entries).map(exchangeOf) } }
}

function requestsOf(entries: Iterable<JournalEntry>): readonly RequestEntry[] {
  const requests = new Map<number, RequestEntry>()
  for (const entry of entries) {
    if (entry.kind === 'request') requests.set(entry.id, entry)
    // Its request may be evicted.
    else if (entry.kind === 'response') requests.set(entry.request.id, entry.request)
  }
  return [...requests.values()].toSorted((a, b) => a.id - b.id)
}

function exchangeOf(entry: RequestEntry): HarExchange {
  const { response } = entry
  const time = response === undefined ? 0 : durationOf(response)
  return {
    startedDateTime: new Date(entry.atMs).toISOString(),
    time,
    request: requestOf(entry),
    response: responseOf(entry),
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
    ...commentOn(response),
    _correlation: [...correlationOf(entry)],
  }
}

function requestOf({ method, url, mountPath, httpVersion, headers }: RequestEntry): object {
  const { host = 'localhost', 'content-length': length } = headersOf(headers)
  const mark = url.indexOf('?')
  const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1))
  return {
    method,
    url: url.startsWith('/') ? `http://${host}${mountPath}${url}` : url,
    httpVersion: `HTTP/${httpVersion}`,
    cookies: [],
    headers: pairsOf(headers),
    queryString: Array.from(query, ([name, value]) => ({ name, value })),
    headersSize: -1,
    bodySize: /^\d{1,15}$/.test(length ?? '') ? Number(length) : length === undefined ? 0 : -1,
  }
}

/** Without a response, the status is 0, as browsers write it. */
function responseOf({ httpVersion, response }: RequestEntry): object {
  const { status = 0, headers = [] } = response ?? {}
  const {
    'content-type': mimeType = '',
    location = '',
    'content-length': length,
  } = headersOf(headers)
  return {
    status,
    statusText: STATUS_CODES[status] ?? '',
    httpVersion: `HTTP/${httpVersion}`,
    cookies: [],
    headers: pairsOf(headers),
    content: { size: Number(length ?? 0), mimeType },
    redirectURL: status >= 300 && status < 400 ? location : '',
    headersSize: -1,
    bodySize: -1,
    _bytes: response?.bytes ?? 0,
  }
}

function commentOn(response: ResponseEntry | undefined): { readonly comment?: string } {
  if (response === undefined) return { comment: 'not answered yet' }
  return response.isComplete ? {} : { comment: 'the connection ended before the response' }
}

function pairsOf(kept: readonly string[]): readonly HarPair[] {
  return Object.entries(headersOf(kept)).map(([name, value]) => ({ name, value }))
}
