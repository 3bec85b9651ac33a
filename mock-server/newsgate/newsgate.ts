import type { Request, Response } from 'express'

import type { EffectSink } from '../content/effect-sink.ts'
import { IN_MEMORY } from '../content/effect-sink.ts'
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

/** An event took this number. The stream keeps nothing else. */
export interface NewsgateEffect {
  readonly kind: 'event'
  readonly number: number
}

/** A stream of named events with ids whose data is JSON over several lines. */
export class Newsgate {
  readonly #hub: StreamHub
  readonly #sink: EffectSink<NewsgateEffect>
  #lastNumber: number

  /** `idBase`: as the Content Store's. */
  constructor(hub: StreamHub, idBase = 0, sink: EffectSink<NewsgateEffect> = IN_MEMORY) {
    this.#hub = hub
    this.#sink = sink
    this.#lastNumber = idBase + FIRST_EVENT_NUMBER - 1
  }

  /** The effect of the latest event. */
  cut(): readonly NewsgateEffect[] {
    return [{ kind: 'event', number: this.#lastNumber }]
  }

  restore(effects: Iterable<NewsgateEffect>): void {
    for (const effect of effects) this.replay(effect)
  }

  /** Applies an effect that is recorded already. Nothing is sent. */
  replay({ number }: NewsgateEffect): void {
    this.#lastNumber = number
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
    const effect = { kind: 'event', number: this.#lastNumber + 1 } as const
    this.#sink.record(effect)
    this.replay(effect)
    const { number } = effect
    const id = `ng-${number}`
    const text = JSON.stringify({ id: number, ...data }, null, 2)
    const bytes = new StreamBytes(encodeEvent({ event, id, data: text }))
    const frames = { bytes, events: 1, changeId: 0, correlation: `newsgate-${number}` }
    this.#sink.whenSafe(() => this.#hub.broadcast('newsgate', () => frames))
    return id
  }
}
