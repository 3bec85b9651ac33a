import { createHash } from 'node:crypto'

import type { CaptureEvent } from './capture-event.ts'

/** More are not compared: about 1 GB of memory. */
const MOST_IDS = 5_000_000
const DIGEST_CHARACTERS = 16

/** The content of each event by its id, over all captures: an id belongs to one event. */
export class EventContents {
  readonly #digests = new Map<string, string>()

  /** Returns whether the id belongs to another event. */
  contradicts({ id, name, data }: CaptureEvent): boolean {
    if (id === undefined || data === undefined) return false
    const digest = createHash('sha256')
      .update(`${name}\n${data}`)
      .digest('base64')
      .slice(0, DIGEST_CHARACTERS)
    const known = this.#digests.get(id)
    if (known !== undefined) return known !== digest
    if (this.#digests.size < MOST_IDS) this.#digests.set(id, digest)
    return false
  }
}
