import type { ClientRequest, IncomingMessage } from 'node:http'
import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'

import { createParser } from 'eventsource-parser'

import type { FollowerClock } from './follower-clock.ts'
import { FollowerTimer } from './follower-clock.ts'
import { FollowerError, shownUrl } from './follower-error.ts'
import { refused, unreachable } from './read-answer.ts'

/** Waits of the vendor's daemon: the first one after a loss, doubled up to the cap. */
const FIRST_WAIT_MS = 10_000
const MAX_WAIT_MS = 60_000
/** A stream that is silent for this long is treated as dead. */
const SILENCE_MS = 600_000
/** Far above the size of an event that names a log. */
const MAX_EVENT_CHARACTERS = 1_048_576

export type ListenerState = 'connecting' | 'open' | 'waiting' | 'closed'

export interface EventListenerOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly clock: FollowerClock
  readonly onOpen: () => void
  readonly onData: (data: string) => void
  readonly onError: (error: FollowerError) => void
}

/**
 * Listens to one event stream until it is closed. Reconnects after 10, 20, 40 and then 60 s, as the
 * vendor's daemon does.
 */
export class EventListener implements Disposable {
  /** Waits before each reconnection so far; the newest 100. */
  readonly waitsMs: number[] = []
  readonly #options: EventListenerOptions
  readonly #silence: FollowerTimer
  readonly #retry: FollowerTimer
  #state: ListenerState = 'connecting'
  #failures = 0
  #request: ClientRequest | undefined

  constructor(options: EventListenerOptions) {
    this.#options = options
    this.#silence = new FollowerTimer(options.clock)
    this.#retry = new FollowerTimer(options.clock)
    this.#connect()
  }

  get state(): ListenerState {
    return this.#state
  }

  [Symbol.dispose](): void {
    this.#state = 'closed'
    this.#silence.clear()
    this.#retry.clear()
    this.#request?.destroy()
  }

  #connect(): void {
    this.#state = 'connecting'
    const { url } = this.#options
    const get = url.startsWith('https:') ? getHttps : getHttp
    const headers = { ...this.#options.headers, accept: 'text/event-stream' }
    const request = get(url, { headers, agent: false }, (response) => this.#listen(response))
    request.on('error', (error) => this.#lost(request, unreachable(url, error)))
    request.on('close', () => this.#lost(request))
    this.#request = request
    // A server that accepts and does not answer is as dead as a silent stream.
    this.#watchSilence()
  }

  #listen(response: IncomingMessage): void {
    const { url, onOpen, onData } = this.#options
    const { statusCode = 0 } = response
    response.on('error', () => {}) // 'close' of the request follows.
    if (statusCode !== 200) {
      this.#end(refused(url, statusCode))
      return
    }
    this.#state = 'open'
    this.#failures = 0
    this.#watchSilence()
    const parser = createParser({
      maxBufferSize: MAX_EVENT_CHARACTERS,
      onEvent: ({ data }) => onData(data),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#end(tooLong(url))
      },
    })
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      if (this.#state !== 'open') return
      this.#watchSilence()
      parser.feed(chunk)
    })
    onOpen()
  }

  #end(error: FollowerError): void {
    const { onError } = this.#options
    const request = this.#request
    if (request === undefined) return
    request.destroy()
    this.#lost(request)
    onError(error)
  }

  #lost(request: ClientRequest, error?: FollowerError): void {
    if (request !== this.#request || this.#state === 'closed' || this.#state === 'waiting') return
    this.#state = 'waiting'
    this.#silence.clear()
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, MAX_WAIT_MS)
    this.#failures += 1
    if (this.waitsMs.push(waitMs) > 100) this.waitsMs.shift()
    this.#retry.set(waitMs, () => this.#connect())
    if (error !== undefined) this.#options.onError(error)
  }

  #watchSilence(): void {
    const silent = (): FollowerError =>
      unreachable(this.#options.url, new Error(`nothing for ${SILENCE_MS / 1000} s`))
    this.#silence.set(SILENCE_MS, () => this.#end(silent()))
  }
}

function tooLong(url: string): FollowerError {
  return new FollowerError(
    'bad-answer',
    `${shownUrl(url)}: expected events of at most ${MAX_EVENT_CHARACTERS} characters, got more`,
  )
}
