import type { Request, RequestHandler, Response } from 'express'

import { mountPathOf } from '../http/mount-path.ts'
import { redactUrl } from '../http/redact-url.ts'
import type { ReadPage, RequestEntry, ResponseEntry } from './entry.ts'
import type { Journal } from './journal.ts'
import { keptRequestHeaders, keptResponseHeaders } from './kept-headers.ts'
import { RecentRequests, sharedPage } from './recent-requests.ts'
import type { RecordedChanges } from './recorded-changes.ts'

declare module 'express-serve-static-core' {
  interface Locals {
    /** Id of the journal's entry of the request; undefined while the journal is off. */
    requestId?: number | undefined
    /** Set by the routes of change logs. */
    page?: ReadPage | undefined
  }
}

/** Of the objects of one entry, without its texts. */
const ENTRY_SIZE = 400
const ROW_SIZE = 8
const READS = new Set(['GET', 'HEAD', 'OPTIONS'])
const NO_CHANGES: readonly string[] = []

/** Records every request behind it, and how it ended. */
export function recordRequests(journal: Journal, changes: RecordedChanges): RequestHandler {
  const recent = new RecentRequests()
  return (request, response, next) => {
    if (journal.isOn) record({ journal, changes, recent }, request, response)
    next()
  }
}

interface RecordDeps {
  readonly journal: Journal
  readonly changes: RecordedChanges
  readonly recent: RecentRequests
}

function record(
  { journal, changes, recent }: RecordDeps,
  request: Request,
  response: Response,
): void {
  const { socket, method, httpVersion } = request
  const earlier = recent.before(socket)
  const url = shared(redactUrl(request.url), earlier?.url)
  const headers = keptRequestHeaders(request.headers, earlier?.headers)
  const entry = journal.add<RequestEntry>({
    id: 0,
    atMs: 0,
    passedMs: 0,
    kind: 'request',
    method,
    url,
    mountPath: mountPathOf(request),
    httpVersion,
    remoteAddress: socket.remoteAddress ?? '',
    headers,
    response: undefined,
    size: ENTRY_SIZE + url.length + lengthOf(headers),
  })
  response.locals.requestId = entry.id
  recent.add(socket, entry)
  const writtenBefore = socket.bytesWritten
  let made = NO_CHANGES
  if (!READS.has(method)) onHead(response, () => (made = changes.ofThisTurn))
  // Connections serve one request at a time, so the response is not behind another one, and its
  // end or that of the connection closes it.
  response.once('close', () => {
    const { userName } = response.locals
    const page = sharedPage(response.locals.page, earlier?.response?.page)
    const kept = keptResponseHeaders(response, earlier?.response?.headers)
    entry.response = journal.add<ResponseEntry>({
      id: 0,
      atMs: 0,
      passedMs: 0,
      kind: 'response',
      request: entry,
      status: response.headersSent ? response.statusCode : undefined,
      isComplete: response.writableFinished,
      headers: kept,
      bytes: socket.bytesWritten - writtenBefore,
      user: userName === undefined ? undefined : shared(userName, earlier?.response?.user),
      page,
      changes: made,
      size: entry.size + lengthOf(kept) + (page?.rows.length ?? 0) * ROW_SIZE,
    })
  })
}

/**
 * Calls `listener` when the head of the response is written. A change that the request made was
 * committed in the same turn of the event loop.
 */
function onHead(response: Response, listener: () => void): void {
  // Its overloads have no common signature.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => Response
  response.writeHead = (...args: unknown[]) => {
    listener()
    return writeHead(...args)
  }
}

/** The earlier text if it is equal. */
function shared(text: string, earlier: string | undefined): string {
  return text === earlier ? earlier : text
}

function lengthOf(texts: readonly string[]): number {
  let length = 0
  for (const text of texts) length += text.length
  return length
}
