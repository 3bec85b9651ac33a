import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Socket } from 'node:net'

import type { Hub } from '../fanout/hub.ts'
import type { Cors, Field } from './cors.ts'
import type { ResponseHeads } from './response-heads.ts'
import { isHostField } from './host-field.ts'
import { lastEventIdOf } from './stream-request.ts'

export interface HttpFallbackOptions {
  readonly hub: Hub
  readonly cors: Cors
  readonly heads: ResponseHeads
  readonly maxHeadBytes: number
  /** A request head is complete: its deadline no longer counts. */
  readonly onRequest: (socket: Socket) => void
}

const ALLOWED_METHODS = 'GET, HEAD, OPTIONS'

/**
 * An HTTP server that never listens: it is handed connections, by `emit('connection')`, whose requests the fast path
 * leaves alone. It serves the same stream, and judges what is no request at all.
 */
export function createHttpFallback(options: HttpFallbackOptions): Server {
  const server = createServer({ maxHeaderSize: options.maxHeadBytes }, (request, response) => {
    options.onRequest(request.socket)
    // One request per connection: none waits here, headless, for a second one.
    response.shouldKeepAlive = false
    answer(request, response, options)
  })
  // What is pipelined after a stream never reaches the handler.
  server.maxRequestsPerSocket = 1
  server.on('connect', (_request, socket) => socket.end(rawAnswer(405)))
  // [protocol §5.15] What is no request is told so, then cut off.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy()
    else socket.end(rawAnswer(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400))
  })
  return server
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpFallbackOptions,
): void {
  const { cors, heads } = options
  const { origin, host = '' } = request.headers
  // [http §15.6.6] Node's parser takes every major version for its own.
  if (request.httpVersionMajor !== 1) {
    end(request, response, 505, [])
    return
  }
  if (hasBody(request) || countOf(request, 'host') > 1 || !isHostField(host)) {
    end(request, response, 400, [])
    return
  }
  switch (request.method) {
    case 'GET':
      stream(request, options)
      return
    case 'HEAD':
      end(request, response, 200, heads.streamFields(origin))
      return
    case 'OPTIONS': {
      const method = request.headers['access-control-request-method']
      const isPreflight = origin !== undefined && method !== undefined
      const fields = isPreflight
        ? cors.fieldsForPreflight({
            origin,
            method,
            headers: request.headers['access-control-request-headers'],
          })
        : cors.fieldsFor(origin)
      const own: readonly Field[] =
        isPreflight && !cors.chainsPreflight ? [] : [['Allow', ALLOWED_METHODS]]
      end(request, response, 200, [...own, ...fields])
      return
    }
    default:
      // [http §15.5.6] 405 says which methods there are.
      end(request, response, 405, [['Allow', ALLOWED_METHODS]])
  }
}

/** From here on the hub writes to the socket; `node:http` only sees to it that it is closed. */
function stream(request: IncomingMessage, { hub, heads }: HttpFallbackOptions): void {
  const framing = request.httpVersion === '1.0' ? 'plain' : 'chunked'
  const header = request.headers['last-event-id']
  hub.add({
    socket: request.socket,
    framing,
    head: heads.streamHead(framing, request.headers.origin),
    lastEventId: lastEventIdOf(request.url ?? '/', Array.isArray(header) ? header[0] : header),
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

function rawAnswer(status: number): string {
  const allow = status === 405 ? `Allow: ${ALLOWED_METHODS}\r\n` : ''
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${allow}Connection: close\r\nContent-Length: 0\r\n\r\n`
}
