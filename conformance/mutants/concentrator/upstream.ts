import { connect, type Socket } from 'node:net'
import type { BackendSettings } from '../../runner/target.ts'
import { readBody, responseFraming } from '../http/body.ts'
import {
  fieldValue,
  formatRequestHead,
  parseResponseHead,
  withField,
  type RequestHead,
} from '../http/head.ts'
import { SocketReader } from '../http/socket-reader.ts'
import { passOn } from '../stages/stage.ts'
import type { BackendFaults } from './concentrator-faults.ts'
import { FrameSplitter } from './frame-splitter.ts'

const MAX_HEAD_BYTES = 64 * 1024
const HEAD_TIMEOUT_MS = 5000
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 400

export interface UpstreamEvents {
  onFrame(frame: Buffer): void
  onEndClients(): void
}

/** Holds one connection to one back end, and opens it again whenever it is lost. */
export class Upstream {
  readonly #settings: BackendSettings
  readonly #index: number
  readonly #faults: BackendFaults
  readonly #events: UpstreamEvents
  #socket: Socket | undefined
  #wait: NodeJS.Timeout | undefined
  #attempt = 0
  #state: 'idle' | 'running' | 'closed' = 'idle'

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
  }

  /** Opens the connection unless that has been done. */
  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'running'
    void this.#run()
  }

  /** Drops the connection, so that a new one is opened. */
  reconnect(): void {
    this.#socket?.destroy()
  }

  close(): void {
    this.#state = 'closed'
    clearTimeout(this.#wait)
    this.#socket?.destroy()
  }

  async #run(): Promise<void> {
    const how = await this.#readStream()
    if (this.#state === 'closed') return
    const fate = this.#faults.lost?.(how, this.#index) ?? 'retry'
    if (fate === 'give-up') return
    if (fate === 'end-clients') this.#events.onEndClients()
    const waitMs =
      this.#faults.waitMs?.(this.#attempt) ??
      Math.min(FIRST_WAIT_MS * 2 ** this.#attempt, LONGEST_WAIT_MS)
    this.#attempt += 1
    this.#wait = setTimeout(() => void this.#run(), waitMs)
  }

  async #readStream(): Promise<'complete' | 'cut' | 'refused'> {
    const url = new URL(this.#settings.url)
    const socket = connect({ host: url.hostname, port: Number(url.port || 80), noDelay: true })
    this.#socket = socket
    const reader = new SocketReader(socket)
    const head = backendRequest(url, this.#settings)
    socket.write(formatRequestHead(this.#faults.request?.(head, this.#settings) ?? head))
    socket.setTimeout(HEAD_TIMEOUT_MS, () => socket.destroy())
    const read = await reader.readUntil('\r\n\r\n', MAX_HEAD_BYTES)
    socket.setTimeout(0)
    const response = read.kind === 'text' ? parseResponseHead(read.text) : undefined
    const isStream = this.#faults.accepts ?? ((answer) => isEventStream(answer))
    if (response === undefined || !isStream(response)) {
      socket.destroy()
      return 'refused'
    }
    this.#attempt = 0
    // A new splitter per connection: what the last one left unfinished is no frame [sse §9.2.6].
    const splitter = new FrameSplitter((frame) => this.#events.onFrame(frame))
    const intake = (this.#faults.intake ?? passOn)({
      request: head,
      response,
      emit: (bytes) => splitter.push(bytes),
      finish: () => {},
      fail: () => {},
    })
    const body = readBody(reader, responseFraming(response, 'GET'))
    let next = await body.next()
    try {
      for (; next.done !== true; next = await body.next()) intake.push(next.value)
      intake.end?.()
    } catch (error) {
      // Too large a frame costs the back end its connection; nothing else may throw here.
      if (!(error instanceof RangeError)) throw error
    }
    intake.close?.()
    socket.destroy()
    return next.done === true ? next.value : 'cut'
  }
}

function isEventStream(response: {
  readonly status: number
  readonly fields: RequestHead['fields']
}) {
  // [sse §9.2.2] parameters and letter case of the type do not matter.
  const [type = ''] = (fieldValue(response, 'content-type') ?? '').split(';')
  return response.status === 200 && type.trim().toLowerCase() === 'text/event-stream'
}

function backendRequest(url: URL, settings: BackendSettings): RequestHead {
  let head: RequestHead = {
    method: 'GET',
    target: `${url.pathname}${url.search}`,
    version: '1.1',
    fields: [
      ['Host', url.host],
      ['Accept', 'text/event-stream'],
      ['Cache-Control', 'no-cache'],
    ],
  }
  if (settings.credentials !== undefined) {
    const { username, password } = settings.credentials
    const token = Buffer.from(`${username}:${password}`).toString('base64')
    head = withField(head, 'Authorization', `Basic ${token}`)
  }
  for (const [name, value] of Object.entries(settings.httpHeaders ?? {})) {
    head = withField(head, name, value)
  }
  return head
}
