import { connect, type Socket } from 'node:net'
import type { RunningTarget, TargetSettings } from '../../../runner/target.ts'
import { readBody, responseFraming, type BodyEnd } from '../http/body.ts'
import { formatResponseHead, parseResponseHead, type ResponseHead } from '../http/head.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import { serveClients, type Exchange } from '../http/serve-clients.ts'
import { SocketReader } from '../http/socket-reader.ts'
import { passOn } from '../stages/stage.ts'
import { forwardHead, forwardRequest } from './forward-request.ts'
import { withoutHopFields } from './hop-fields.ts'
import { linkLives, type Link } from './link-lives.ts'
import type { RelayFaults, Stored } from './relay-faults.ts'

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
 * The reference gateway: each request goes to the first back end over its own connection, and the response is forwarded
 * as it arrives. Correct rather than fast. Every fault is one deviation from it.
 */
export async function startRelay(
  settings: TargetSettings,
  faults: RelayFaults = {},
  port = 0,
): Promise<RunningTarget> {
  const [backend] = settings.backends
  if (backend === undefined) throw new TypeError('a gateway needs one back end, none was given')
  const origin = new URL(backend.url)
  const upstreams = new Set<Socket>()
  let exchanges = 0
  const open = (): Socket => {
    const upstream = connect({
      host: origin.hostname,
      port: Number(origin.port || 80),
      noDelay: true,
    })
    upstreams.add(upstream)
    upstream.on('close', () => upstreams.delete(upstream))
    return upstream
  }
  const listener = await serveClients(port, faults, async (exchange) => {
    exchanges += 1
    const canned = faults.canned?.(exchange.request)
    if (canned !== undefined) return await answerCanned(exchange, canned)
    const stored = faults.memory?.find(exchange.request)
    if (stored !== undefined) return await answerStored(exchange, stored)
    const release = await faults.turn?.(exchange.request)
    await relay(exchange, open, faults, exchanges)
    release?.()
  })
  return {
    frontUrl: listener.url,
    close: async () => {
      for (const upstream of upstreams) upstream.destroy()
      await listener.close()
    },
  }
}

async function relay(
  exchange: Exchange,
  open: () => Socket,
  faults: RelayFaults,
  nth: number,
): Promise<void> {
  let upstream = open()
  let reader = new SocketReader(upstream)
  const link = linkLives(exchange.client, upstream, nth, faults.clientLeft)
  const sent = await forwardRequest(exchange, upstream, faults)
  if (sent === 'cut') {
    // [http/1.1 §8] A request without its whole content is not forwarded as a whole one.
    upstream.destroy()
    link.release()
    return void exchange.client.end()
  }
  let response = await readResponseHead(reader, upstream, exchange, faults)
  for (let attempt = 1; faults.follow !== undefined; attempt += 1) {
    const next = faults.follow(exchange.request, response, attempt)
    if (next === undefined) break
    upstream.destroy()
    upstream = open()
    reader = new SocketReader(upstream)
    forwardHead(next, upstream)
    response = await readResponseHead(reader, upstream, exchange, faults)
  }
  if (response === undefined) {
    // [http §15.6.3] the back end sent no valid response.
    exchange.respond(faults.noResponse ?? BAD_GATEWAY).end()
  } else {
    const writer = exchange.respond(withoutHopFields(response))
    link.headSent()
    await relayBody({ exchange, reader, response, writer, link, faults })
  }
  link.release()
  upstream.destroy()
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
}: BodyRelay): Promise<void> {
  const method = faults.waitsForContent === true ? 'GET' : request.method
  const body = readBody(reader, responseFraming(response, method), faults.chunks)
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
      return await writer.ended
    }
    if (link.closeOnWrite()) return
    if (memory !== undefined) pieces.push(next.value)
    stage.push(next.value)
    await (faults.room?.(writer) ?? writer.drained())
  }
}

async function readResponseHead(
  reader: SocketReader,
  upstream: Socket,
  { client, request }: Exchange,
  { responseHead: parse = parseResponseHead, interim }: RelayFaults,
): Promise<ResponseHead | undefined> {
  upstream.setTimeout(UPSTREAM_HEAD_TIMEOUT_MS, () => upstream.destroy())
  for (;;) {
    const read = await reader.readUntil('\r\n\r\n', MAX_HEAD_BYTES)
    const head = read.kind === 'text' ? parse(read.text) : undefined
    const fate = head !== undefined && head.status < 200 ? (interim?.(request) ?? 'skip') : 'final'
    if (head !== undefined && fate === 'forward') client.write(formatResponseHead(head))
    if (fate !== 'final') continue
    upstream.setTimeout(0)
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
