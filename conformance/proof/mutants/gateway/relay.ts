import type { RunningTarget, TargetSettings } from '../../../runner/target.ts'
import { readBody, requestFraming, responseFraming, type BodyEnd } from '../http/body.ts'
import {
  fieldValue,
  formatResponseHead,
  parseResponseHead,
  type RequestHead,
  type ResponseHead,
} from '../http/head.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import { serveClients, type Exchange } from '../http/serve-clients.ts'
import type { SocketReader } from '../http/socket-reader.ts'
import { passOn } from '../stages/stage.ts'
import { forwardHead, forwardRequest } from './forward-request.ts'
import { withoutHopFields } from './hop-fields.ts'
import { linkLives, type Link } from './link-lives.ts'
import { isLastRecipient, OF_LAST_RECIPIENT } from './max-forwards.ts'
import type { RelayFaults, Stored } from './relay-faults.ts'
import { UpstreamPool, type PooledConnection } from './upstream-pool.ts'

const MAX_HEAD_BYTES = 64 * 1024
const UPSTREAM_HEAD_TIMEOUT_MS = 60_000
const EVENT_STREAM: ResponseHead = {
  status: 200,
  reason: 'OK',
  fields: [['Content-Type', 'text/event-stream']],
}
const BAD_GATEWAY: ResponseHead = {
  status: 502,
  reason: 'Bad Gateway',
  fields: [['Content-Length', '0']],
}

/**
 * The reference gateway: each request goes to the first back end over its own connection, and the
 * response is forwarded as it arrives. Correct rather than fast. Every fault is one deviation from
 * it.
 */
export async function startRelay(
  settings: TargetSettings,
  faults: RelayFaults = {},
  port = 0,
): Promise<RunningTarget> {
  const [backend] = settings.backends
  if (backend === undefined) throw new TypeError('a gateway needs one back end, none was given')
  const pool = new UpstreamPool(new URL(backend.url), faults.pool)
  let exchanges = 0
  const listener = await serveClients(port, faults, async (exchange) => {
    exchanges += 1
    const canned = faults.canned?.(exchange.request)
    if (canned !== undefined) return await answerCanned(exchange, canned)
    if (isLastRecipient(exchange.request) && faults.keepsMaxForwards !== true)
      return exchange.respond(OF_LAST_RECIPIENT).end()
    const stored = faults.memory?.find(exchange.request)
    if (stored !== undefined) return await answerStored(exchange, stored)
    const release = await faults.turn?.(exchange.request)
    await relay(exchange, pool, faults, exchanges)
    release?.()
  })
  return {
    frontUrl: listener.url,
    close: async () => {
      pool.close()
      await listener.close()
    },
  }
}

async function relay(
  exchange: Exchange,
  pool: UpstreamPool,
  faults: RelayFaults,
  nth: number,
): Promise<void> {
  const { client, request } = exchange
  let upstream = pool.take()
  const link = linkLives(client, () => pool.give(upstream, false), nth, faults.clientLeft)
  const sending = forwardRequest(exchange, upstream.socket, faults)
  if (faults.uploadsFirst === true) await sending
  const reading = readResponseHead(upstream, exchange, faults)
  // [http/1.1 §9.5] The back end may answer before it has all of the content.
  const sent = await Promise.race([sending, reading.then(() => 'answered' as const)])
  if (sent === 'cut') {
    // [http/1.1 §8] A request without its whole content is not forwarded as a whole one.
    pool.drop(upstream)
    link.release()
    return void client.end()
  }
  let response = await reading
  for (let attempt = 1; ; attempt += 1) {
    const next =
      faults.follow?.(request, response, attempt) ??
      (response === undefined && pool.retries && upstream.used ? repeatable(request) : undefined)
    if (next === undefined || link.over()) break
    pool.drop(upstream)
    upstream = pool.open()
    forwardHead(next, upstream.socket)
    response = await readResponseHead(upstream, exchange, faults)
  }
  let whole = false
  if (response === undefined) {
    // [http §15.6.3] the back end sent no valid response.
    if (faults.noResponse === 'close') client.destroy()
    else exchange.respond(faults.noResponse ?? BAD_GATEWAY).end()
  } else {
    const { reader } = upstream
    const writer = exchange.respond(withoutHopFields(response))
    link.headSent()
    const end = await relayBody({ exchange, reader, response, writer, link, faults })
    const isKept = pool.ignoresClose || persists(response, request)
    whole = end === 'complete' && isKept && sent !== 'answered'
  }
  if (!link.over()) pool.give(upstream, whole)
  link.release()
}

/** The request again, if that does no harm [http §9.2.2]. */
function repeatable(request: RequestHead): RequestHead | undefined {
  const harmless = request.method === 'GET' && requestFraming(request) !== 'faulty'
  return harmless ? withoutHopFields(request) : undefined
}

// [http/1.1 §9.3] An HTTP/1.0 back end, and one that says so, ends the connection.
function persists(response: ResponseHead, { method }: RequestHead): boolean {
  const closes = /\bclose\b/i.test(fieldValue(response, 'connection') ?? '')
  return (
    response.version === '1.1' &&
    !closes &&
    responseFraming(response, method).kind !== 'until-close'
  )
}

interface BodyRelay {
  readonly exchange: Exchange
  readonly reader: SocketReader
  readonly response: ResponseHead
  readonly writer: ResponseWriter
  readonly link: Link
  readonly faults: RelayFaults
}

async function relayBody({
  exchange: { request },
  reader,
  response,
  writer,
  link,
  faults,
}: BodyRelay): Promise<BodyEnd | undefined> {
  const method = faults.waitsForContent === true ? 'GET' : request.method
  const isFresh = faults.waitsAfter304 === true && response.status === 304
  const counted = isFresh ? { ...response, status: 200 } : response
  const body = readBody(reader, responseFraming(counted, method), faults.chunks)
  const stage = (faults.intake ?? passOn)({
    request,
    response,
    emit: (bytes) => writer.write(bytes),
    finish: () => writer.end(),
    fail: () => writer.abort(),
  })
  const { memory, bodyEnd = (end: BodyEnd) => end } = faults
  const pieces: Buffer[] = []
  for (;;) {
    const next = await body.next()
    if (next.done === true) {
      const end = bodyEnd(next.value, reader.failed)
      memory?.keep(request, { response, content: Buffer.concat(pieces), end })
      if (end === 'cut') writer.abort()
      else if (stage.end === undefined) writer.end()
      else stage.end()
      await writer.ended
      return end
    }
    if (link.closeOnWrite()) return undefined
    if (memory !== undefined) pieces.push(next.value)
    stage.push(next.value)
    await (faults.room?.(writer) ?? writer.drained())
  }
}

async function readResponseHead(
  { reader, socket }: PooledConnection,
  { client, request }: Exchange,
  {
    responseHead: parse = parseResponseHead,
    interim,
    mostInterim = Infinity,
    interimsEnd,
  }: RelayFaults,
): Promise<ResponseHead | undefined> {
  socket.setTimeout(UPSTREAM_HEAD_TIMEOUT_MS)
  for (let read = 0; ; read += 1) {
    if (read > mostInterim) return interimsEnd === true ? undefined : await new Promise(() => {})
    const next = await reader.readUntil('\r\n\r\n', MAX_HEAD_BYTES)
    const head = next.kind === 'text' ? parse(next.text) : undefined
    const fate = head !== undefined && head.status < 200 ? (interim?.(request) ?? 'skip') : 'final'
    if (head !== undefined && fate === 'forward') client.write(formatResponseHead(head))
    if (fate !== 'final') continue
    socket.setTimeout(0)
    return head
  }
}

async function answerCanned(exchange: Exchange, body: string): Promise<void> {
  const writer = exchange.respond(EVENT_STREAM)
  writer.write(Buffer.from(body))
  writer.end()
  await writer.ended
}

async function answerStored(exchange: Exchange, { response, content }: Stored): Promise<void> {
  const writer = exchange.respond(withoutHopFields(response))
  writer.write(content)
  writer.end()
  await writer.ended
}
