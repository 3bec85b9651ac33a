import { connect, type Socket } from 'node:net'
import type { BackendSettings } from '../../../runner/target.ts'
import { readBody, responseFraming } from '../../http/body.ts'
import { formatRequestHead, parseResponseHead, type ResponseHead } from '../../http/head.ts'
import { SocketReader } from '../../http/socket-reader.ts'
import { passOn, type Stage } from '../../stages/stage.ts'
import type { BackendFaults, Loss } from '../concentrator-faults.ts'
import {
  backendRequest,
  isEventStream,
  keepCookies,
  redirection,
  type CookieJar,
} from './backend-request.ts'
import { FrameSplitter } from './frame-splitter.ts'

const MAX_HEAD_BYTES = 64 * 1024
const HEAD_TIMEOUT_MS = 5000
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 400
const MAX_REDIRECTS = 5

export interface UpstreamEvents {
  onFrame(frame: Buffer): void
  onEndClients(): void
}

interface Opened {
  readonly reader: SocketReader
  readonly response: ResponseHead
}

/** Holds one connection to one back end, and opens it again whenever it is lost. */
export class Upstream {
  readonly #settings: BackendSettings
  readonly #index: number
  readonly #faults: BackendFaults
  readonly #events: UpstreamEvents
  readonly #jar: CookieJar
  #socket: Socket | undefined
  #wait: NodeJS.Timeout | undefined
  #attempt = 0
  #firstWaitMs = FIRST_WAIT_MS
  #state: 'idle' | 'trying' | 'streaming' | 'closed' = 'idle'

  constructor(
    settings: BackendSettings,
    index: number,
    faults: BackendFaults,
    events: UpstreamEvents,
  ) {
    this.#settings = settings
    this.#index = index
    this.#faults = faults
    this.#events = events
    this.#jar = faults.jar ?? new Map()
  }

  /** True while the back end's stream is open. */
  get streaming(): boolean {
    return this.#state === 'streaming'
  }

  /** Opens the connection unless that has been done. */
  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'trying'
    void this.#run()
  }

  /** Drops the connection, so that a new one is opened. */
  reconnect(): void {
    this.#socket?.destroy()
  }

  /** Opens no more connections; one that is there is left to its back end if that is wanted. */
  close(leavesConnection = false): void {
    this.#state = 'closed'
    clearTimeout(this.#wait)
    if (!leavesConnection) this.#socket?.destroy()
  }

  async #run(): Promise<void> {
    const how = await this.#readStream()
    if (this.#isClosed()) return
    this.#state = 'trying'
    const fate = this.#faults.lost?.(how, this.#index) ?? 'retry'
    if (fate === 'give-up') return
    if (fate === 'end-clients') this.#events.onEndClients()
    const waitMs =
      this.#faults.waitMs?.(this.#attempt) ??
      Math.min(this.#firstWaitMs * 2 ** this.#attempt, LONGEST_WAIT_MS)
    this.#attempt += 1
    this.#wait = setTimeout(() => void this.#run(), waitMs)
  }

  async #readStream(): Promise<Loss> {
    const opened = await this.#open(new URL(this.#settings.url), MAX_REDIRECTS)
    if (opened === undefined || this.#isClosed()) return 'refused'
    const { reader, response } = opened
    this.#state = 'streaming'
    if (this.#faults.resetsBackoff !== false) this.#attempt = 0
    // A new splitter per connection: what the last one left unfinished is no frame [sse §9.2.6].
    const splitter = new FrameSplitter((frame) => this.#onFrame(frame))
    const stage = (this.#faults.intake ?? passOn)({
      request: backendRequest(new URL(this.#settings.url), this.#settings, this.#jar),
      response,
      emit: (bytes) => splitter.push(bytes),
      finish: () => {},
      fail: () => {},
    })
    const how = await pump(reader, response, stage)
    stage.close?.()
    this.#socket?.destroy()
    return how
  }

  /** Asks, follows where the back end sends us, and returns the stream, or undefined when there is none. */
  async #open(url: URL, redirectsLeft: number): Promise<Opened | undefined> {
    const socket = connect({ host: url.hostname, port: Number(url.port || 80), noDelay: true })
    this.#socket = socket
    const reader = new SocketReader(socket)
    const asked = this.#faults.redirect === 'with-credentials' ? new URL(this.#settings.url) : url
    const own = backendRequest(asked, this.#settings, this.#jar)
    const head = { ...own, target: `${url.pathname}${url.search}` }
    socket.write(formatRequestHead(this.#faults.request?.(head, this.#settings) ?? head))
    socket.setTimeout(this.#faults.headTimeoutMs ?? HEAD_TIMEOUT_MS, () => socket.destroy())
    const read = await reader.readUntil('\r\n\r\n', MAX_HEAD_BYTES)
    socket.setTimeout(0)
    const response = read.kind === 'text' ? parseResponseHead(read.text) : undefined
    if (response !== undefined && this.#faults.cookies !== 'none') keepCookies(this.#jar, response)
    const accepts = this.#faults.accepts ?? isEventStream
    if (response !== undefined && accepts(response)) return { reader, response }
    socket.destroy()
    const next = response && redirection(response, url)
    if (next === undefined || redirectsLeft === 0 || this.#faults.redirect === 'refuse') {
      return undefined
    }
    return this.#isClosed() ? undefined : await this.#open(next, redirectsLeft - 1)
  }

  #onFrame(frame: Buffer): void {
    // [protocol §4.4] the back end says how long the first wait is, up to the longest that we claim.
    const retry = /^retry:? ?(\d{1,7})[\r\n]/m.exec(frame.toString('latin1', 0, 4096))?.[1]
    if (retry !== undefined && this.#faults.retryField !== 'ignored') {
      this.#firstWaitMs = Math.min(Number(retry), LONGEST_WAIT_MS)
    }
    this.#events.onFrame(frame)
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }
}

/** Moves a body into a stage; tells how it ended. */
async function pump(reader: SocketReader, response: ResponseHead, stage: Stage): Promise<Loss> {
  const body = readBody(reader, responseFraming(response, 'GET'))
  try {
    for (;;) {
      const next = await body.next()
      if (next.done !== true) stage.push(next.value)
      else {
        stage.end?.()
        return next.value
      }
    }
  } catch (error) {
    // Too large a frame costs the back end its connection; nothing else may throw here.
    if (!(error instanceof RangeError)) throw error
    return 'cut'
  }
}
