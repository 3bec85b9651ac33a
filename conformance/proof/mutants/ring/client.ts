import type { Socket } from 'node:net'

import { parseRequest, type Request } from './request-parser.ts'
import type { Switches } from './switches.ts'

const METHODS = 'GET, HEAD, OPTIONS'
const STREAM_FIELDS = ['Content-Type: text/event-stream', 'Cache-Control: no-store']

export interface ClientOptions {
  readonly socket: Socket
  readonly requestTimeoutMs: number
  readonly isFull: () => boolean
  readonly switches: Switches
  /** `head` is the response head of the stream, `spelled` the request as it came. */
  readonly onStream: (stream: StreamStart) => void
}

export interface StreamStart {
  readonly socket: Socket
  readonly request: Request
  readonly isChunked: boolean
  readonly head: Buffer
  /** The bytes of the request head. */
  readonly spelled: Buffer
  /** Counts the requests on this connection from 1. */
  readonly nth: number
}

const FULL = ['Retry-After: 1', 'Content-Length: 0', 'Connection: close']

/**
 * Serves the requests of one connection until one of them is a stream; then nothing more is parsed
 * [protocol §5.15].
 */
export class Client {
  readonly #options: ClientOptions
  #deadline: NodeJS.Timeout | undefined
  #held: Buffer = Buffer.alloc(0)
  #skipBytes = 0
  #requests = 0
  #isOver = false

  constructor(options: ClientOptions) {
    this.#options = options
  }

  start(): void {
    const { socket, requestTimeoutMs } = this.#options
    this.#deadline = setTimeout(() => socket.destroy(), requestTimeoutMs)
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('error', () => {})
    socket.on('close', () => clearTimeout(this.#deadline))
  }

  #read(bytes: Buffer): void {
    if (this.#isOver) return
    this.#held = this.#skip(Buffer.concat([this.#held, bytes]))
    while (!this.#isOver && this.#skipBytes === 0) {
      const parsed = parseRequest(this.#held, !this.#rejectsEmptyLines())
      if (parsed === undefined) break
      if ('refusal' in parsed) return this.#refuse(parsed.refusal)
      this.#requests += 1
      const spelled = this.#held.subarray(0, this.#held.length - parsed.rest.length)
      this.#serve(parsed.request, spelled)
      this.#held = this.#skip(parsed.rest)
    }
  }

  #rejectsEmptyLines(): boolean {
    return this.#requests > 0 && this.#options.switches.has('ring-no-leading-crlf-again')
  }

  #refuse(status: string): void {
    const page = this.#options.switches.has('ring-page-with-refusal') ? `<h1>${status}</h1>` : ''
    this.#finish(head(status, [`Content-Length: ${page.length}`, 'Connection: close']) + page)
  }

  #skip(bytes: Buffer): Buffer {
    const skipped = Math.min(this.#skipBytes, bytes.length)
    this.#skipBytes -= skipped
    return bytes.subarray(skipped)
  }

  #serve(request: Request, spelled: Buffer): void {
    const { method, contentBytes } = request
    const closesAfterAnswer = this.#options.switches.has('ring-closes-after-answer')
    const closes = isLast(request) || (method !== 'GET' && closesAfterAnswer)
    if (method === 'GET') return this.#stream(request, spelled, closes)
    const answer = shortAnswer(method, closes ? ['Connection: close'] : [])
    if (closes) return this.#finish(answer)
    this.#options.socket.write(answer)
    this.#deadline?.refresh()
    this.#skipBytes = contentBytes ?? 0
  }

  #stream(request: Request, spelled: Buffer, closes: boolean): void {
    const { socket, isFull, onStream } = this.#options
    if (isFull()) return this.#finish(head('503 Service Unavailable', FULL))
    this.#isOver = true
    clearTimeout(this.#deadline)
    const isChunked = !request.isHttp10
    const framing = isChunked ? ['Transfer-Encoding: chunked'] : []
    const fields = [...STREAM_FIELDS, ...framing, ...(closes ? ['Connection: close'] : [])]
    onStream({
      socket,
      request,
      isChunked,
      head: Buffer.from(head('200 OK', fields)),
      spelled,
      nth: this.#requests,
    })
  }

  #finish(text: string): void {
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.#options.socket.end(text)
  }
}

function isLast({ isHttp10, contentBytes, fields }: Request): boolean {
  return isHttp10 || contentBytes === undefined || /\bclose\b/i.test(fields.get('connection') ?? '')
}

function shortAnswer(method: string, last: readonly string[]): string {
  if (method === 'HEAD') return head('200 OK', [...STREAM_FIELDS, ...last])
  if (method === 'OPTIONS') return head('204 No Content', [`Allow: ${METHODS}`, ...last])
  // [http §15.5.6]
  return head('405 Method Not Allowed', [`Allow: ${METHODS}`, 'Content-Length: 0', ...last])
}

function head(status: string, fields: readonly string[]): string {
  return [`HTTP/1.1 ${status}`, `Date: ${new Date().toUTCString()}`, ...fields, '', ''].join('\r\n')
}
