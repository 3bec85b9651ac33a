import {
  Agent,
  createServer,
  request as ask,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'

import type { RunningTarget, TargetSettings } from '../../../runner/target.ts'
import { listenOnLoopback } from '../http/listener.ts'

const CONNECTION_FIELDS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
])
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d*)?$/i

/** The fault points of this gateway. Left out: correct behaviour. */
export interface HttpGatewayFaults {
  /** Changes the names and values of a request. */
  readonly requestFields?: ((fields: readonly string[]) => readonly string[]) | undefined
  /** Changes the names and values of a response. */
  readonly responseFields?: ((fields: readonly string[]) => readonly string[]) | undefined
  /** True: sends the head with the first bytes of the body. */
  readonly holdsHead?: boolean | undefined
  /** True: keeps the upstream connection of a client that has left. */
  readonly leaks?: boolean | undefined
  /** True: ends a response properly although the back end broke off. */
  readonly forgesEnd?: boolean | undefined
  /** True: does not wait until the client has room. */
  readonly readsAhead?: boolean | undefined
  /** True: does not repeat a request when a kept connection has just ended. */
  readonly neverRetries?: boolean | undefined
  /** True: accepts what two readers could read in two ways. */
  readonly lenient?: boolean | undefined
  /** True: forwards Max-Forwards as it is. */
  readonly keepsMaxForwards?: boolean | undefined
  /** True: forwards no response before the content of the request is whole. */
  readonly uploadsFirst?: boolean | undefined
  /** After so many interim responses nothing more is read. */
  readonly mostInterim?: number | undefined
}

/**
 * A reference gateway of another design than the relay: the server, the client and the connection
 * pool of `node:http`, with the rules that they leave out.
 */
export async function startHttpGateway(
  settings: TargetSettings,
  faults: HttpGatewayFaults = {},
  port = 0,
): Promise<RunningTarget> {
  const [backend] = settings.backends
  if (backend === undefined) throw new TypeError('a gateway needs one back end, none was given')
  const origin = new URL(backend.url)
  const agent = new Agent({ keepAlive: true, noDelay: true })
  const clients = new Set<Socket>()
  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    // [http/1.1 §3.2] [http/1.1 §6.1]
    const refusal = faults.lenient === true ? undefined : refusalOf(request)
    if (refusal === undefined && isLast(request, faults)) response.writeHead(200).end()
    else if (refusal === undefined) forward(request, response, 1)
    else response.writeHead(refusal, { 'Content-Length': '0', Connection: 'close' }).end()
  })
  server.on('connection', (client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
  })
  server.on('clientError', (_error, client) => {
    client.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })

  function forward(request: IncomingMessage, response: ServerResponse, attempt: number): void {
    const upstream = ask({
      agent: attempt === 1 ? agent : false,
      host: origin.hostname,
      port: origin.port,
      method: request.method,
      path: pathOf(request),
      headers: fieldsFor(request, faults),
      setHost: false,
    })
    let answered = false
    response.on('close', () => {
      if (!response.writableFinished && faults.leaks !== true) upstream.destroy()
    })
    let interims = 0
    upstream.on('information', () => {
      interims += 1
      if (interims > (faults.mostInterim ?? Infinity)) upstream.removeAllListeners('response')
    })
    upstream.on('response', (answer) => {
      answered = true
      const forwards = (): void => respond(request, answer, response, faults)
      if (faults.uploadsFirst === true && !request.complete) request.once('end', forwards)
      else forwards()
    })
    upstream.on('error', () => {
      if (answered || response.destroyed) return
      // [http §9.2.2] A kept connection has just ended: a GET does no harm twice.
      const repeats = request.method === 'GET' && upstream.reusedSocket && attempt === 1
      if (repeats && faults.neverRetries !== true) return forward(request, response, 2)
      response.writeHead(502, { 'Content-Length': '0' }).end()
    })
    if (attempt === 1) request.pipe(upstream)
    else upstream.end()
  }

  return {
    frontUrl: await listenOnLoopback(server, port),
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      for (const client of clients) client.destroy()
      agent.destroy()
      await closed
    },
  }
}

/** Forwards a response as it arrives. */
function respond(
  request: IncomingMessage,
  answer: IncomingMessage,
  response: ServerResponse,
  faults: HttpGatewayFaults,
): void {
  const status = answer.statusCode ?? 502
  const given = endToEnd(answer.rawHeaders, answer.headers.connection)
  const fields = faults.responseFields?.(given) ?? given
  if (/[\0\r\n]/.test(fields.join(''))) {
    response.writeHead(502).end()
    return
  }
  response.sendDate = answer.headers.date === undefined
  if (request.httpVersion === '1.0') response.setHeader('Connection', 'close')
  response.writeHead(status, answer.statusMessage, [...fields])
  // `flushHeaders` would encode bytes above 127 as UTF-8.
  if (faults.holdsHead !== true) response.write('', 'latin1')
  const breaksOff = (): void => {
    if (response.writableEnded) return
    if (faults.forgesEnd === true) response.end()
    else if (response.socket === null) response.destroy()
    // Without chunks only a reset shows the loss.
    else response.socket.resetAndDestroy()
  }
  answer.on('error', breaksOff)
  answer.on('close', () => {
    if (!answer.complete) breaksOff()
  })
  if (faults.readsAhead === true) answer.on('data', (bytes) => response.write(bytes))
  else answer.pipe(response, { end: false })
  answer.on('end', () => {
    if (answer.complete) response.end()
  })
}

/** The status for a request that must not be forwarded. */
function refusalOf({ httpVersion, rawHeaders, headers }: IncomingMessage): number | undefined {
  if (!/^1\.[01]$/.test(httpVersion)) return 505
  const hosts = valuesOf(rawHeaders, 'host')
  const goodHost = hosts.length === 1 && HOST.test(hosts[0] ?? '')
  if (!goodHost && !(hosts.length === 0 && httpVersion === '1.0')) return 400
  const codings = valuesOf(rawHeaders, 'transfer-encoding')
  const isPlain = codings.length === 1 && codings[0]?.toLowerCase() === 'chunked'
  const isFaulty = !isPlain || httpVersion === '1.0' || headers['content-length'] !== undefined
  return codings.length > 0 && isFaulty ? 400 : undefined
}

// [http §7.6.2] OPTIONS and TRACE say how often they may be forwarded.
function isLast({ method, headers }: IncomingMessage, faults: HttpGatewayFaults): boolean {
  const isCounted = method === 'OPTIONS' || method === 'TRACE'
  return isCounted && headers['max-forwards'] === '0' && faults.keepsMaxForwards !== true
}

function fieldsFor(request: IncomingMessage, faults: HttpGatewayFaults): OutgoingHttpHeaders {
  const own = requestFields(request)
  const left = Number(request.headers['max-forwards'])
  const counts = request.method === 'OPTIONS' && left > 0 && faults.keepsMaxForwards !== true
  const counted = counts ? replaced(own, 'Max-Forwards', `${left - 1}`) : own
  return asHeaders(faults.requestFields?.(counted) ?? counted)
}

// [http/1.1 §3.2.2] A whole URL as target has the host, too.
function absoluteTarget({ url = '/' }: IncomingMessage): RegExpExecArray | null {
  return /^https?:\/\/([^/?#]*)(.*)$/i.exec(url)
}

function pathOf(request: IncomingMessage): string {
  const [, , rest] = absoluteTarget(request) ?? []
  if (rest === undefined) return request.url ?? '/'
  return rest.startsWith('/') ? rest : `/${rest}`
}

function requestFields(request: IncomingMessage): readonly string[] {
  const [, host] = absoluteTarget(request) ?? []
  const fields = endToEnd(request.rawHeaders, request.headers.connection)
  const own = host === undefined ? fields : replaced(fields, 'Host', host)
  const chunked = request.headers['transfer-encoding'] !== undefined
  // [http §7.6.3]
  return [
    ...own,
    'Via',
    `${request.httpVersion} http-gateway`,
    ...(chunked ? ['Transfer-Encoding', 'chunked'] : []),
  ]
}

/** Names and values without the fields of one connection [http §7.6.1]. */
function endToEnd(raw: readonly string[], connection = ''): readonly string[] {
  const listed = new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
  const hasCoding = valuesOf(raw, 'transfer-encoding').length > 0
  return raw.filter((_, at) => {
    const name = (raw[at - (at % 2)] ?? '').toLowerCase()
    const isFraming = hasCoding && name === 'content-length'
    return !CONNECTION_FIELDS.has(name) && !listed.has(name) && !isFraming
  })
}

function replaced(fields: readonly string[], name: string, value: string): readonly string[] {
  const wanted = name.toLowerCase()
  const rest = fields.filter((_, at) => fields[at - (at % 2)]?.toLowerCase() !== wanted)
  return [name, value, ...rest]
}

function valuesOf(raw: readonly string[], name: string): readonly string[] {
  return raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name)
}

/** Fields in the shape of `node:http`: several values of one name as a list. */
function asHeaders(fields: readonly string[]): OutgoingHttpHeaders {
  const names = new Map<string, string>()
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? ''
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name)
  }
  const entries = Array.from(names, ([key, name]): [string, string | string[]] => {
    const values = [...valuesOf(fields, key)]
    return [name, values.length === 1 || key === 'host' ? (values[0] ?? '') : values]
  })
  return Object.fromEntries(entries)
}
