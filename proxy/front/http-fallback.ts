import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { AdminPlace } from '../config/connector.ts'
import { isAdminPath, relayToAdmin } from './admin-relay.ts'
import type { Cors, Field } from './cors.ts'
import { firstOf, listOf } from './field-values.ts'
import type { ForwardedField } from './forwarded.ts'
import { isHostField } from './host-field.ts'
import { HttpConnection } from './http-connection.ts'
import { ALLOWED_METHODS, answerTo } from './request-answer.ts'
import type { ResponseHeads } from './response-heads.ts'
import { lastEventIdOf, type StreamRequest, wantsEnd } from './stream-request.ts'

export interface HttpFallbackOptions {
  readonly cors: Cors
  readonly heads: ResponseHeads
  readonly guard: BoundaryGuard
  readonly maxHeadBytes: number
  /** The field in which reverse proxies name the client. */
  readonly forwardedField: ForwardedField
  /** Admin pages that clients get besides the stream; undefined = none. */
  readonly admin: AdminPlace | undefined
  /** A client requests the stream. The caller owns the socket from now on. */
  readonly onStream: (socket: Socket, request: StreamRequest) => void
}

/**
 * Handles the requests that the fast path does not: an HTTP server that does not listen and gets
 * connections from the caller. A request for the stream goes back to the caller. Every other
 * request is answered here, one per connection.
 */
export class HttpFallback {
  readonly #options: HttpFallbackOptions
  readonly #server

  constructor(options: HttpFallbackOptions) {
    this.#options = options
    this.#server = createServer({ maxHeaderSize: options.maxHeadBytes }, (request, response) => {
      this.#guarded(request.socket, () => answer(request, response, options))
    })
    // No limit for the number of fields: Host must be counted in all of them. Their bytes are
    // limited.
    this.#server.maxHeadersCount = 0
    this.#server.on('connect', (_request, connection) => {
      this.#guarded(connection, () => connection.end(rawAnswer(405, options.heads)))
    })
    this.#server.on('clientError', (error: NodeJS.ErrnoException, connection) => {
      this.#guarded(connection, () => refuse(connection, error, options.heads))
    })
  }

  /** Takes over a connection and the bytes received so far. */
  take(socket: Socket, bytes: Buffer): void {
    const connection = new HttpConnection({
      socket,
      guard: this.#options.guard,
      // [http §15.6.6] Node's parser would answer 400.
      onOtherVersion: () => connection.end(rawAnswer(505, this.#options.heads)),
    })
    this.#server.emit('connection', connection)
    connection.feed(bytes)
  }

  #guarded(connection: Duplex, work: () => void): void {
    this.#options.guard.run('client', work, () => connection.destroy())
  }
}

/** [protocol §5.15] Answers a malformed request with an error, then closes the connection. */
function refuse(connection: Duplex, error: NodeJS.ErrnoException, heads: ResponseHeads): void {
  if (!connection.writable || error.code === 'ECONNRESET') connection.destroy()
  else connection.end(rawAnswer(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400, heads))
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpFallbackOptions,
): void {
  const { heads } = options
  const { host = '' } = request.headers
  response.shouldKeepAlive = false
  response.sendDate = heads.sendsDate
  for (const [name, value] of heads.commonFields) response.setHeader(name, value)
  // [http §15.6.6] Node's parser accepts every major version.
  if (request.httpVersionMajor !== 1) {
    end(request, response, 505, [])
    return
  }
  if (hasBody(request) || countOf(request, 'host') > 1 || !isHostField(host)) {
    end(request, response, 400, [])
    return
  }
  const { admin } = options
  if (admin !== undefined && isAdminPath(request.url ?? '/', admin)) {
    relay(request, response, admin, options)
    return
  }
  const answered = answerTo(
    {
      method: request.method,
      origin: request.headers.origin,
      preflightMethod: request.headers['access-control-request-method'],
      preflightHeaders: request.headers['access-control-request-headers'],
    },
    options,
  )
  if (answered === undefined) stream(request, options)
  else end(request, response, answered.status, answered.fields)
}

function relay(
  { method = 'GET', url = '/', headers, socket }: IncomingMessage,
  response: ServerResponse,
  admin: AdminPlace,
  { guard }: HttpFallbackOptions,
): void {
  const { host, origin, accept } = headers
  void guard.runAsync(
    'client',
    async () => {
      const asked = { method, path: url, host, origin, accept }
      await relayToAdmin(admin, asked, response, ({ status, fields, body }) => {
        for (const [name, value] of fields) response.setHeader(name, value)
        response.writeHead(status)
        response.end(body)
      })
    },
    () => socket.destroy(),
  )
}

function stream(request: IncomingMessage, { onStream, forwardedField }: HttpFallbackOptions): void {
  const { socket, headers, url = '/', httpVersion } = request
  if (!(socket instanceof HttpConnection)) throw new TypeError('not a connection of the fallback')
  onStream(socket.release(), {
    framing: httpVersion === '1.0' ? 'plain' : 'chunked',
    path: url,
    origin: headers.origin,
    lastEventId: lastEventIdOf(url, firstOf(headers['last-event-id'])),
    wantsEnd: wantsEnd(firstOf(headers['x-requested-with'])),
    forwarded: listOf(headers[forwardedField.toLowerCase()]),
  })
}

function end(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  fields: readonly Field[],
): void {
  for (const [name, value] of fields) response.setHeader(name, value)
  const isBodyless = request.method === 'HEAD' || status === 200
  if (!isBodyless) response.setHeader('Content-Type', 'text/plain')
  response.writeHead(status)
  response.end(isBodyless ? undefined : `${STATUS_CODES[status] ?? ''}\n`)
}

function hasBody({ headers, method }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function countOf({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length
}

function rawAnswer(status: number, heads: ResponseHeads): string {
  const allow = status === 405 ? `Allow: ${ALLOWED_METHODS}\r\n` : ''
  const common = heads.commonFields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${allow}${common}Connection: close\r\nContent-Length: 0\r\n\r\n`
}
