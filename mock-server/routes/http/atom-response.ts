import type { Response } from 'express'

import { MEDIA } from '../../atom/names.ts'

/** Sends an Atom document. Express adds no validator of its own: the vendor's feeds have none. */
export function sendFeed(response: Response, xml: string): void {
  response.set('Content-Type', `${MEDIA.feed};charset=UTF-8`).end(xml)
}

export function sendEntry(response: Response, xml: string): void {
  response.set('Content-Type', `${MEDIA.feed};type=entry;charset=UTF-8`).end(xml)
}
