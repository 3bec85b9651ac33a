import type { RunningTarget, TargetSettings } from '../../runner/target.ts'
import type { RequestHead, ResponseHead } from '../http/head.ts'
import { serveClients, type Exchange } from '../http/serve-clients.ts'
import type { ConcentratorFaults } from './concentrator-faults.ts'
import { Hub } from './hub.ts'
import { Upstream } from './upstream.ts'

const METHODS = 'GET, HEAD, OPTIONS'
const EVENT_STREAM: ResponseHead = {
  status: 200,
  reason: 'OK',
  fields: [
    ['Content-Type', 'text/event-stream'],
    ['Cache-Control', 'no-cache'],
  ],
}

/**
 * The reference concentrator: one connection per back end, and all their events to every client. Correct rather
 * than fast; every fault is something that it does otherwise.
 */
export async function startConcentrator(
  settings: TargetSettings,
  faults: ConcentratorFaults = {},
  port = 0,
): Promise<RunningTarget> {
  const hub = new Hub(faults)
  const open = () =>
    settings.backends.map(
      (backend, index) =>
        new Upstream(backend, index, faults.backend ?? {}, {
          onFrame: (frame) => hub.publish(frame, index),
          onEndClients: () => hub.endAll(),
        }),
    )
  const upstreams = open()
  const listener = await serveClients(port, faults, async (exchange) => {
    const { request } = exchange
    const answer = faults.member?.answer?.(request) ?? answerTo(request)
    if (answer !== 'stream') return await answerShort(exchange, answer)
    for (const upstream of upstreams) upstream.start()
    if (faults.backend?.perClient === true) {
      for (const upstream of startAll(open())) upstreams.push(upstream)
    }
    await hub.join(request, exchange.respond(EVENT_STREAM))
    if (hub.size === 0 && faults.backend?.whenAlone === 'reconnect') {
      for (const upstream of upstreams) upstream.reconnect()
    }
  })
  if (faults.backend?.opens !== 'with-first-client') startAll(upstreams)
  return {
    frontUrl: listener.url,
    close: async () => {
      hub.close()
      for (const upstream of upstreams) upstream.close()
      await listener.close()
    },
  }
}

function startAll(upstreams: readonly Upstream[]): readonly Upstream[] {
  for (const upstream of upstreams) upstream.start()
  return upstreams
}

function answerTo({ method }: RequestHead): ResponseHead | 'stream' {
  switch (method) {
    case 'GET':
      return 'stream'
    case 'HEAD':
      return EVENT_STREAM
    case 'OPTIONS':
      return { status: 204, reason: 'No Content', fields: [['Allow', METHODS]] }
    default:
      // [http §15.5.6] 405 says what would be allowed.
      return {
        status: 405,
        reason: 'Method Not Allowed',
        fields: [
          ['Allow', METHODS],
          ['Content-Length', '0'],
          ['Connection', 'close'],
        ],
      }
  }
}

async function answerShort(exchange: Exchange, answer: ResponseHead): Promise<void> {
  const writer = exchange.respond(answer)
  writer.end()
  await writer.ended
}
