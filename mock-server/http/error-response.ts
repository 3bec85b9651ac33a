import type { ErrorRequestHandler, RequestHandler, Response } from 'express'

import type { FaultListener, MockServerErrorCode } from '../errors.ts'
import { MockServerError } from '../errors.ts'

const STATUS: Readonly<Record<MockServerErrorCode, number>> = {
  'bad-config': 500,
  'cannot-listen': 500,
  'bad-data': 500,
  'cannot-write': 503,
  'bad-request': 400,
  'bad-entry': 400,
  'bad-text': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'timed-out': 408,
  conflict: 409,
  gone: 410,
  evicted: 410,
  'precondition-failed': 412,
  'precondition-required': 428,
  'unsupported-media-type': 415,
  'too-many-waiters': 429,
  'shutting-down': 503,
  'limit-reached': 409,
  'too-large': 413,
  full: 507,
  unreachable: 502,
}

export interface ErrorAnswer {
  readonly status: number
  readonly code: string
  readonly message: string
  /** Name of the limit that was reached. */
  readonly limit?: string | undefined
}

/**
 * The one place where an error becomes a status. Errors that are neither ours nor the body parser's
 * are a 500.
 */
function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof MockServerError) {
    const { code, message, limit } = error
    return { status: STATUS[code], code, message, limit }
  }
  if (isTooLarge(error)) {
    const message = `maxBodyBytes: expected a body of at most ${error.limit} bytes; start the store with --max-body-bytes N for larger ones`
    return { status: 413, code: 'too-large', message, limit: 'maxBodyBytes' }
  }
  const message = error instanceof Error ? error.message : String(error)
  const status = hasStatus(error) ? error.status : 500
  return { status, code: status < 500 ? 'bad-request' : 'internal', message }
}

/** Formats an error for one of the APIs. */
export type SendError = (response: Response, answer: ErrorAnswer) => void

/**
 * Answers every error of the routes before it. Faults of the store are also reported to `onFault`.
 */
export function answerErrors(send: SendError, onFault: FaultListener): ErrorRequestHandler {
  // Express recognizes error handlers by their four parameters.
  return (error: unknown, _request, response, _next) => {
    const answer = errorAnswer(error)
    if (answer.status === 500) onFault(error)
    // A partly sent response cannot be replaced.
    if (response.headersSent) response.destroy()
    else if (!response.destroyed) send(response, answer)
  }
}

/** Errors of the web service are plain text. */
export function sendAsText(response: Response, { status, message }: ErrorAnswer): void {
  response.status(status).type('text/plain').send(`${message}\n`)
}

/**
 * For a path that knows these methods: answers OPTIONS with them, and 405 to all others. [http
 * §9.3.7, §15.5.6]
 */
export function allowOnly(...methods: readonly string[]): RequestHandler {
  const allow = [...methods, 'OPTIONS'].join(', ')
  return (request, response) => {
    response.set('Allow', allow)
    if (request.method === 'OPTIONS') {
      response.status(204).end()
      return
    }
    response.status(405).type('text/plain')
    response.send(`${request.method} is not allowed here; try ${allow}\n`)
  }
}

/** What the body parser raises for a body over its limit, decompressed or as it came. */
function isTooLarge(error: unknown): error is { readonly limit: number } {
  return hasStatus(error) && error.status === 413 && 'limit' in error
}

/** Client errors that Express and its body parser raise carry their status. */
function hasStatus(error: unknown): error is { readonly status: number } {
  if (typeof error !== 'object' || error === null || !('status' in error)) return false
  return typeof error.status === 'number' && error.status >= 400 && error.status < 600
}
