import { connect, type Socket } from 'node:net'
import type { RunningTarget, TargetSettings } from '../../../runner/target.ts'
import { readBody, responseFraming, encodeChunk, LAST_CHUNK } from '../http/body.ts'
import {
  fieldValue,
  formatRequestHead,
  parseResponseHead,
  withField,
  withoutFields,
  type Field,
  type RequestHead,
  type ResponseHead,
} from '../http/head.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import { serveClients, type Exchange } from '../http/serve-clients.ts'
import { SocketReader } from '../http/socket-reader.ts'
import { passOn, type StageFactory } from '../stages/stage.ts'
import type { Departure, RelayFaults } from './relay-faults.ts'

const MAX_HEAD_BYTES = 64 * 1024
const UPSTREAM_HEAD_TIMEOUT_MS = 60_000
const EVENT_STREAM: ResponseHead = {
  status: 200,
  reason: 'OK',
  fields: [['Content-Type', 'text/event-stream']],
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
  const listener = await serveClients(port, faults, async (exchange) => {
    exchanges += 1
    const canned = faults.canned?.(exchange.request)
    if (canned !== undefined) return await answerCanned(exchange, canned)
    const upstream = connect({
      host: origin.hostname,
      port: Number(origin.port || 80),
      noDelay: true,
    })
    upstreams.add(upstream)
    upstream.on('close', () => upstreams.delete(upstream))
    await relay(exchange, upstream, faults, exchanges)
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
  upstream: Socket,
  faults: RelayFaults,
  nth: number,
): Promise<void> {
  const reader = new SocketReader(upstream)
  const link = linkLives(
    exchange.client,
    upstream,
    (how) => faults.clientLeft?.(how, nth) ?? 'close',
  )
  await sendRequest(exchange, upstream, faults)
  upstream.setTimeout(UPSTREAM_HEAD_TIMEOUT_MS, () => upstream.destroy())
  const response = await readResponseHead(reader)
  upstream.setTimeout(0)
  if (response === undefined) {
    // [http §15.6.3] the back end sent no valid response.
    const empty: Field = ['Content-Length', '0']
    exchange.respond({ status: 502, reason: 'Bad Gateway', fields: [empty] }).end()
  } else {
    const writer = exchange.respond(withDate(withoutHopFields(response)))
    await relayBody(reader, response, exchange.request, writer, link, faults.intake ?? passOn)
  }
  link.release()
  upstream.destroy()
}

async function relayBody(
  reader: SocketReader,
  response: ResponseHead,
  request: RequestHead,
  writer: ResponseWriter,
  link: Link,
  intake: StageFactory,
): Promise<void> {
  const body = readBody(reader, responseFraming(response, request.method))
  const stage = intake({
    request,
    response,
    emit: (bytes) => writer.write(bytes),
    finish: () => writer.end(),
    fail: () => writer.abort(),
  })
  for (;;) {
    const next = await body.next()
    if (next.done === true) {
      if (next.value === 'cut') writer.abort()
      else if (stage.end === undefined) writer.end()
      else stage.end()
      return await writer.ended
    }
    if (link.closeOnWrite()) return
    stage.push(next.value)
    await writer.drained()
  }
}

interface Link {
  /** True when the disconnect is noticed only at this write. */
  closeOnWrite(): boolean
  release(): void
}

/** Closes the upstream connection when its client disconnects, without waiting for a write. */
function linkLives(
  client: Socket,
  upstream: Socket,
  fate: (how: Departure) => 'close' | 'close-on-write' | 'ignore',
): Link {
  let decided: 'close' | 'close-on-write' | 'ignore' | undefined
  const onLeave = (how: Departure) => () => {
    decided ??= fate(how)
    if (decided !== 'close') return
    upstream.destroy()
    client.destroy()
  }
  const onEnd = onLeave('end')
  const onReset = onLeave('reset')
  client.on('end', onEnd).on('error', onReset).on('close', onEnd)
  if (client.destroyed) onReset()
  return {
    closeOnWrite: () => decided === 'close-on-write',
    release: () => client.off('end', onEnd).off('error', onReset).off('close', onEnd),
  }
}

async function sendRequest(
  exchange: Exchange,
  upstream: Socket,
  faults: RelayFaults,
): Promise<void> {
  const { request, framing, body } = exchange
  let head = withField(withoutHopFields(request), 'Via', via(request))
  if (framing.kind === 'chunked') {
    head = withField(withoutFields(head, 'Content-Length'), 'Transfer-Encoding', 'chunked')
  }
  head = withField(head, 'Connection', 'close')
  upstream.write(formatRequestHead(faults.request?.(head) ?? head))
  for await (const piece of body) {
    upstream.write(framing.kind === 'chunked' ? encodeChunk(piece) : piece)
  }
  if (framing.kind === 'chunked') upstream.write(LAST_CHUNK)
}

// [http §7.6.3] a gateway adds its own name after those of earlier gateways.
function via(request: RequestHead): string {
  const own = `${request.version} reference`
  const earlier = fieldValue(request, 'via')
  return earlier === undefined ? own : `${earlier}, ${own}`
}

async function readResponseHead(reader: SocketReader): Promise<ResponseHead | undefined> {
  for (;;) {
    const read = await reader.readUntil('\r\n\r\n', MAX_HEAD_BYTES)
    const head = read.kind === 'text' ? parseResponseHead(read.text) : undefined
    // [http §15.2] interim responses are skipped.
    if (head === undefined || head.status >= 200) return head
  }
}

/** Removes fields that belong to one connection only [http §7.6.1]. */
function withoutHopFields<Head extends RequestHead | ResponseHead>(head: Head): Head {
  const listed = (fieldValue(head, 'connection') ?? '').split(',').map((name) => name.trim())
  const framed = fieldValue(head, 'transfer-encoding') !== undefined
  return withoutFields(
    head,
    ...listed,
    ...(framed ? ['Content-Length'] : []),
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  )
}

// [http §6.6.1] a recipient with a clock adds the date that is missing.
function withDate(head: ResponseHead): ResponseHead {
  return fieldValue(head, 'date') === undefined
    ? withField(head, 'Date', new Date().toUTCString())
    : head
}

async function answerCanned(exchange: Exchange, body: string): Promise<void> {
  const writer = exchange.respond(EVENT_STREAM)
  writer.write(Buffer.from(body))
  writer.end()
  await writer.ended
}
