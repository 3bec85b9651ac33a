import type { Request, Response } from 'express'

import { MockServerError } from '../errors.ts'
import { encodeEvent } from '../sse/encode.ts'
import { StreamBytes } from '../sse/stream-bytes.ts'
import type { StreamHub } from '../sse/stream-hub.ts'

/**
 * Where the stream is served. The real one is undocumented: this path is an assumption, for a
 * second kind of back end.
 */
export const NEWSGATE_PATH = '/newsgate/events'

const FIRST_EVENT_NUMBER = 17

export interface NewsgateEvent {
  /** Name of the event; default `story`. */
  readonly event?: string | undefined
  /** Any members; an `id` is added before them. */
  readonly data?: Readonly<Record<string, unknown>> | undefined
}

/** A stream of named events with ids whose data is JSON over several lines. */
export class Newsgate {
  readonly #hub: StreamHub
  #nextNumber: number

  /** `idBase`: as the Content Store's. */
  constructor(hub: StreamHub, idBase = 0) {
    this.#hub = hub
    this.#nextNumber = idBase + FIRST_EVENT_NUMBER
  }

  open(request: Request, response: Response, baseUrl: string): void {
    this.#hub.open('newsgate', request, response, baseUrl)
  }

  /**
   * Sends one event to every client and returns its id. Throws `bad-request` for an invalid name.
   */
  publish({ event = 'story', data = {} }: NewsgateEvent): string {
    if (!/^[\w.:-]{1,100}$/.test(event)) {
      throw new MockServerError(
        'bad-request',
        `event: expected a name of letters, digits and ._:-, got ${JSON.stringify(event)}`,
      )
    }
    const number = this.#nextNumber
    this.#nextNumber += 1
    const id = `ng-${number}`
    const text = JSON.stringify({ id: number, ...data }, null, 2)
    const bytes = new StreamBytes(encodeEvent({ event, id, data: text }))
    const correlation = `newsgate-${number}`
    this.#hub.broadcast('newsgate', () => ({ bytes, events: 1, changeId: 0, correlation }))
    return id
  }
}
