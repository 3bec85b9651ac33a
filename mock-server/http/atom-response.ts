import { pipeline, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import type { Response } from 'express'

import { MEDIA } from '../atom/names.ts'

/** How long a long answer may keep other requests waiting. */
const SLICE_MS = 5

/** Sends an Atom document. Express adds no validator of its own: the vendor's feeds have none. */
export function sendFeed(response: Response, xml: string): void {
  response.set('Content-Type', `${MEDIA.feed};charset=UTF-8`).end(xml)
}

/**
 * Sends an Atom document that is made while it is sent: the store serves other requests between two pieces, and makes no
 * more of them once the client has disconnected.
 */
export function sendFeedInPieces(response: Response, pieces: Iterable<string>): void {
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

export function sendEntry(response: Response, xml: string): void {
  response.set('Content-Type', `${MEDIA.feed};type=entry;charset=UTF-8`).end(xml)
}
