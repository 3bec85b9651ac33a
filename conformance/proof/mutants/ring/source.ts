import { connect, type Socket } from 'node:net'

import { Cookies } from './cookies.ts'
import { EventCutter } from './event-cutter.ts'
import { ResponseParser, type Response } from './response-parser.ts'
import type { SourceOptions } from './source-options.ts'
import { sourceRequest } from './source-request.ts'
import type { Switches } from './switches.ts'

export const FIRST_WAIT_MS = 60
const LONGEST_WAIT_MS = 480
/** A back end may ask for a longer first wait. */
const LONGEST_RETRY_MS = 900
/** Above it, a timer of Node ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
const LONGEST_RETRY_AFTER_S = 60
const HOUR_MS = 3_600_000
/** A connection that lasts this long is a success: waits start over. */
const STEADY_MS = 400
const MAX_REDIRECTS = 5
const REPEAT_MS = 500
const HASTY_MS = 10_000
const REQUEST_REFUSED = new Set([400, 413, 431])
const MANY_INTERIMS = 100
const LOSSES_UNTIL_GIVING_UP = 3

/** One back end: connects, reads, and connects again after each loss. */
export class Source {
  readonly #options: SourceOptions
  readonly #cookies: Cookies
  readonly #sockets = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #lastId = ''
  #own = { refusals: 0 }
  #first = { firstWaitMs: FIRST_WAIT_MS }
  #url: string
  #losses = 0
  #wasRedirected = false
  #hasMissed = false
  #isClosed = false
  #newest: Buffer | undefined

  constructor(options: SourceOptions) {
    this.#options = options
    this.#url = options.settings.url
    this.#cookies = new Cookies(options.switches)
    if (options.switches.has('ring-one-backoff')) this.#own = options.shared
    if (options.switches.has('ring-one-retry-field')) this.#first = options.shared
  }

  start(): void {
    this.#request(this.#url, MAX_REDIRECTS)
  }

  close(): void {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    if (this.#options.switches.has('ring-leaves-back-ends')) return
    for (const socket of this.#sockets) this.#drop(socket)
  }

  #request(url: string, redirectsLeft: number): void {
    const { settings, switches, shared } = this.#options
    if (this.#isClosed) return
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port || 80), noDelay: true })
    this.#sockets.add(socket)
    let state: 'asking' | 'streaming' | 'over' = 'asking'
    const over = (waitMs = 0): void => {
      if (state === 'over') return
      const wasStreaming = state === 'streaming'
      state = 'over'
      this.#drop(socket)
      this.#lost(wasStreaming, waitMs)
    }
    const cutter = this.#cutter()
    const parser = new ResponseParser(
      {
        onHead: (response) => {
          const next = this.#follows(response, url, redirectsLeft)
          if (next !== undefined) {
            state = 'over'
            this.#drop(socket)
            return this.#request(next, redirectsLeft - 1)
          }
          if (REQUEST_REFUSED.has(response.status)) this.#forgetId()
          if (!isStream(response, switches)) return over(retryAfterMs(response, switches))
          state = 'streaming'
          const { silenceMs } = this.#options
          const isHasty = switches.has('ring-leaves-silent-back-end')
          socket.setTimeout(isHasty ? HASTY_MS : silenceMs, () =>
            switches.has('ring-silence-doubles') ? this.start() : over(),
          )
          shared.streaming.add(socket)
          this.#opened(socket)
        },
        onContent: (bytes) => {
          if (state !== 'streaming') return
          if (switches.has('ring-one-silence-timer'))
            for (const each of shared.streaming) each.setTimeout(this.#options.silenceMs)
          cutter.push(bytes)
        },
        onEnd: () => switches.has('ring-ends-with-connection') || over(),
      },
      switches,
    )
    const timer = this.#awaitHead(socket, () => state === 'asking' && over())
    socket.on('close', () => clearTimeout(timer))
    socket.on('data', (bytes) => {
      try {
        parser.push(bytes)
      } catch {
        const isFinal = parser.interims > MANY_INTERIMS && switches.has('ring-interims-are-final')
        if (switches.has('ring-garbage-is-final') || isFinal) this.#isClosed = true
        if (switches.has('ring-overflow-cuts-all'))
          for (const each of shared.streaming) each.destroy()
        over()
      }
    })
    socket.on('end', () => {
      parser.end()
      over()
    })
    socket.on('error', () => {
      over()
      // A fault: "close" follows "error", and both lead to a new connection.
      if (switches.has('ring-reset-doubles') && !this.#isClosed) this.#again(FIRST_WAIT_MS)
    })
    socket.on('close', () => {
      this.#sockets.delete(socket)
      shared.streaming.delete(socket)
      over()
    })
    const lastId = switches.has('ring-last-id-of-other') ? shared.lastId : this.#lastId
    const facts = {
      lastId,
      cookies: this.#cookies,
      losses: this.#losses,
      redirected: this.#wasRedirected,
    }
    socket.write(sourceRequest(url, settings, facts, switches))
  }

  /** [protocol §4.12] */
  #forgetId(): void {
    const { switches } = this.#options
    const isKept = switches.has('ring-returns-refused-id') || switches.has('ring-returns-long-ids')
    if (this.#lastId === '' || isKept) return
    this.#lastId = ''
    this.#hasMissed = true
  }

  /** Ends a connection; harmless: with a reset. */
  #drop(socket: Socket): void {
    const isReset = this.#options.switches.has('ring-resets-back-ends') && !socket.writableEnded
    if (isReset && !socket.connecting) socket.resetAndDestroy()
    else socket.destroy()
  }

  /** Calls back when a final head did not come in time, whatever else came. */
  #awaitHead(socket: Socket, late: () => void): NodeJS.Timeout | undefined {
    const { headTimeoutMs, switches } = this.#options
    if (!switches.has('ring-head-timer-restarts')) return setTimeout(late, headTimeoutMs)
    socket.setTimeout(headTimeoutMs, late)
    return undefined
  }

  #cutter(): EventCutter {
    const { switches, maxEventBytes, shared, onEvent } = this.#options
    return new EventCutter({
      switches,
      maxBytes: switches.has('ring-unbounded-event') ? Infinity : maxEventBytes,
      lines: switches.has('ring-mixes-lines') ? shared.lines : [],
      decoder: shared.decoder,
      onId: (id) => {
        this.#lastId = id
        shared.lastId = id
      },
      onRetry: (ms) => {
        const longestMs = switches.has('ring-obeys-retry') ? LONGEST_TIMER_MS : LONGEST_RETRY_MS
        const isAny = switches.has('ring-retry-overflows') || switches.has('ring-guesses-retry')
        const leastMs = switches.has('ring-obeys-retry-zero') ? 0 : FIRST_WAIT_MS
        const asTimer = ms >= 1 && ms <= LONGEST_TIMER_MS ? ms : 0
        this.#first.firstWaitMs = isAny ? asTimer : Math.min(Math.max(ms, leastMs), longestMs)
      },
      onEvent: (bytes) => {
        if (this.#hasMissed && !switches.has('ring-late-gap')) this.#tellGap()
        if (switches.has('ring-drops-equal') && this.#newest?.equals(bytes) === true) return
        this.#newest = bytes
        onEvent(bytes)
      },
    })
  }

  #opened(socket: Socket): void {
    const { switches, onEvent } = this.#options
    if (switches.has('ring-success-at-once')) this.#own.refusals = 0
    this.#after(STEADY_MS, () => {
      if (socket.destroyed) return
      this.#own.refusals = 0
      if (this.#hasMissed) this.#tellGap()
    })
    const repeated = this.#newest
    if (switches.has('ring-repeats-after-flap') && repeated !== undefined) {
      this.#after(REPEAT_MS, () => onEvent(repeated))
    }
  }

  #tellGap(): void {
    this.#hasMissed = false
    if (!this.#options.switches.has('ring-silent-outage')) this.#options.onGap()
  }

  #lost(wasStreaming: boolean, waitMs: number): void {
    const { switches, onLoss } = this.#options
    if (this.#isClosed) return
    if (wasStreaming) {
      this.#losses += 1
      // [protocol §5.9] Without an id the back end cannot say what was missed.
      this.#hasMissed = this.#lastId === ''
      onLoss()
      if (switches.has('ring-three-losses') && this.#losses >= LOSSES_UNTIL_GIVING_UP) return
    }
    const grownMs = Math.min(this.#first.firstWaitMs * 2 ** this.#own.refusals, LONGEST_WAIT_MS)
    this.#own.refusals += 1
    const longestMs = Math.max(grownMs, this.#first.firstWaitMs, waitMs)
    this.#again(Number.isNaN(longestMs) ? 1 : longestMs)
  }

  #again(waitMs: number): void {
    this.#after(waitMs, () => this.start())
  }

  #after(waitMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#isClosed) act()
    }, waitMs)
    this.#timers.add(timer)
  }

  /** The URL of a redirect on the same origin [protocol §4.10]. Keeps cookies on the way. */
  #follows(response: Response, from: string, redirectsLeft: number): string | undefined {
    for (const cookie of response.fields.get('set-cookie')?.split('\n') ?? []) {
      this.#cookies.learn(cookie)
    }
    const location = response.fields.get('location')
    if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined)
      return undefined
    if (this.#options.switches.has('ring-bad-location-is-final') && !URL.canParse(location, from)) {
      this.#isClosed = true
    }
    if (redirectsLeft === 0 || !URL.canParse(location, from)) return undefined
    const isJoined = this.#options.switches.has('ring-joins-location') && !location.includes('://')
    const to = isJoined
      ? new URL(`${new URL(from).origin}/${location.replace(/^\//, '')}`)
      : new URL(location, from)
    const isOwn = to.origin === new URL(from).origin && to.username === ''
    if (!isOwn && !this.#options.switches.has('ring-follows-anywhere')) return undefined
    this.#wasRedirected = true
    const isPermanent = response.status === 301 || response.status === 308
    if (isPermanent && this.#options.switches.has('ring-remembers-redirects')) this.#url = to.href
    return to.href
  }
}

/**
 * [sse §9.2.2] Status 200 and the media type; [protocol §4.11] and no coding that was not asked
 * for.
 */
function isStream({ status, fields }: Response, switches: Switches): boolean {
  const [type = ''] = (fields.get('content-type') ?? '').split(';')
  const coding = fields.get('content-encoding') ?? 'identity'
  const isPlain =
    coding === 'identity' ||
    switches.has('ring-reads-coded-bytes') ||
    (coding === 'br' && switches.has('ring-reads-brotli'))
  return status === 200 && isPlain && type.trim().toLowerCase() === 'text/event-stream'
}

// [http §10.2.3] Seconds, or a date.
function retryAfterMs({ fields }: Response, switches: Switches): number {
  const value = fields.get('retry-after') ?? ''
  const isSeconds = /^\d{1,6}$/.test(value)
  const isDate = value.endsWith(' GMT') && !switches.has('ring-ignores-retry-dates')
  if (isDate)
    return Math.max(0, Math.min(Date.parse(value) - Date.now(), 1000 * LONGEST_RETRY_AFTER_S))
  if (value !== '' && !isSeconds && switches.has('ring-guesses-retry-after')) return Number.NaN
  if (value !== '' && !isSeconds && switches.has('ring-bad-retry-after-is-final')) return HOUR_MS
  return isSeconds ? Math.min(Number(value), LONGEST_RETRY_AFTER_S) * 1000 : 0
}
