import type { RunningTarget, TargetSettings } from '../../runner/target.ts'
import type { RequestHead, ResponseHead } from '../http/head.ts'
import { serveClients, type Exchange } from '../http/serve-clients.ts'
import type { ConcentratorFaults } from './concentrator-faults.ts'
import { startAdmin } from './front/admin.ts'
import { corsFields } from './front/cors.ts'
import { Hub } from './hub.ts'
import { Upstream } from './upstream/upstream.ts'

/** How long clients may take to be told that it is over. */
const STOP_MS = 500
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
          onEndClients: () => void hub.endAll(),
        }),
    )
  const own = open()
  const more: Upstream[] = []
  const front = await serveClients(port, faults, async (exchange) => {
    const { request } = exchange
    const answer = faults.member?.answer?.(request) ?? answerTo(request)
    if (answer !== 'stream') return await answerShort(exchange, answer)
    startAll(own)
    if (faults.backend?.perClient === true) more.push(...startAll(open()))
    await hub.join(request, exchange.respond(withCors(EVENT_STREAM, request)))
    if (hub.size === 0 && faults.backend?.whenAlone === 'reconnect') {
      for (const upstream of own) upstream.reconnect()
    }
  }).catch((error: unknown) => {
    hub.close()
    throw error
  })
  const admin = await startAdmin(() => own.map(({ streaming }) => streaming), faults.admin)
  if (faults.backend?.opens !== 'with-first-client') startAll(own)
  return {
    frontUrl: front.url,
    adminUrl: admin.url,
    close: async () => {
      hub.close()
      if (faults.stop !== 'cuts-clients') await within(STOP_MS, hub.endAll())
      for (const upstream of [...own, ...more]) upstream.close(faults.stop === 'leaves-upstreams')
      await Promise.all([front.close(), admin.close()])
    },
  }
}

/** Waits for what is going on, but no longer than that. */
async function within(limitMs: number, going: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([going, limit])
  clearTimeout(timer)
}

function startAll(upstreams: readonly Upstream[]): readonly Upstream[] {
  for (const upstream of upstreams) upstream.start()
  return upstreams
}

function withCors(head: ResponseHead, request: RequestHead): ResponseHead {
  return { ...head, fields: [...head.fields, ...corsFields(request)] }
}

function answerTo(request: RequestHead): ResponseHead | 'stream' {
  switch (request.method) {
    case 'GET':
      return 'stream'
    case 'HEAD':
      return withCors(EVENT_STREAM, request)
    case 'OPTIONS':
      return withCors({ status: 204, reason: 'No Content', fields: [['Allow', METHODS]] }, request)
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
