import { pipeline, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import type { Response } from 'express'

import { MEDIA } from '../atom/names.ts'
import { isNotModified } from './preconditions.ts'

/** How long a large response may block other requests. */
const SLICE_MS = 5

/**
 * Sends an Atom document, or 304. Express adds no validator of its own: most of the vendor's feeds
 * have none.
 */
export function sendFeed(response: Response, xml: string, etag?: string): void {
  sendXml(response, MEDIA.feed, xml, etag)
}

/**
 * Sends an Atom document piece by piece as it is rendered. The
 * store serves other requests between two pieces, and stops when the client disconnects.
 */
export function sendFeedInPieces(response: Response, pieces: Iterable<string>): void {
  if (!isAnswered(response)) pipePieces(response, pieces)
}

/** As `sendFeedInPieces`, for a response whose conditions are checked. */
export function pipePieces(response: Response, pieces: Iterable<string>): void {
  response.set('Content-Type', `${MEDIA.feed};charset=UTF-8`)
  pipeline(Readable.from(yieldToOthers(pieces)), response, () => {
    // The client has disconnected, so the error has no reader.
  })
}

async function* yieldToOthers(pieces: Iterable<string>): AsyncGenerator<string> {
  let text = ''
  let sinceMs = performance.now()
  for (const piece of pieces) {
    text += piece
    if (performance.now() - sinceMs < SLICE_MS) continue
    yield text
    text = ''
    await setImmediate()
    sinceMs = performance.now()
  }
  yield text
}

export function sendEntry(response: Response, xml: string, etag?: string): void {
  sendXml(response, `${MEDIA.feed};type=entry`, xml, etag)
}

/** Sends a document of a media type that is XML, or 304 when the client has it already. */
export function sendXml(response: Response, type: string, xml: string, etag?: string): void {
  if (!isAnswered(response, etag)) response.set('Content-Type', `${type};charset=UTF-8`).end(xml)
}

/**
 * Sets the `ETag` of what is read, and answers 304 when the client has that version. Throws as
 * `isNotModified`.
 */
export function isAnswered(response: Response, etag?: string): boolean {
  const isKnown = isNotModified(response.req, etag)
  if (etag !== undefined) response.set('ETag', etag)
  if (isKnown) response.status(304).end()
  return isKnown
}
