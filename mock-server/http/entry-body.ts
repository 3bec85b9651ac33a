import type { Request, RequestHandler } from 'express'

import type { EntryContent } from '../atom/read-entry.ts'
import { readEntry } from '../atom/read-entry.ts'
import { MockServerError } from '../errors.ts'
import { acceptBytes } from './body-bytes.ts'
import { charsetOf, decodeXml } from './xml-encoding.ts'

/** Accepts an Atom entry as body: 415 for another media type, 413 above `maxBodyBytes`. */
export function acceptEntry(maxBodyBytes: number): readonly RequestHandler[] {
  return [requireEntry, ...acceptBytes(maxBodyBytes)]
}

/** The entry of an item that `acceptEntry` accepted. Throws `bad-entry` or `bad-text`. */
export function entryOf(request: Pick<Request, 'body' | 'get'>): EntryContent {
  return readEntry(xmlOf(request))
}

/** The text of the entry that `acceptEntry` accepted. Throws `bad-entry`. */
export function xmlOf(request: Pick<Request, 'body' | 'get'>): string {
  // Without a body the parser sets none.
  const body: unknown = request.body
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new MockServerError('bad-entry', 'the body is empty; send an Atom entry')
  }
  return decodeXml(body, charsetOf(request.get('Content-Type')))
}

const requireEntry: RequestHandler = (request, _response, next) => {
  const type = request.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/atom+xml') return next()
  throw new MockServerError(
    'unsupported-media-type',
    `Content-Type: expected application/atom+xml, got ${type ?? 'none'}`,
  )
}
