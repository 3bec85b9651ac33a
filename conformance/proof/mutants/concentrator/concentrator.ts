import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'

import { findFreePort } from '../../../origin/free-port.ts'
import type {
  FileOutcome,
  FileStart,
  RunningTarget,
  TargetSettings,
} from '../../../runner/target.ts'
import { fieldValue, type RequestHead, type ResponseHead } from '../http/head.ts'
import type { FrontFaults } from '../http/front-faults.ts'
import type { Listener } from '../http/listener.ts'
import { serveClients, type Exchange } from '../http/serve-clients.ts'
import type { ConcentratorFaults } from './concentrator-faults.ts'
import { startAdmin } from './front/admin.ts'
import { corsFields, DEFAULT_CORS, type CorsSettings } from './front/cors.ts'
import { Hub } from './hub.ts'
import { limitsOf } from './limits.ts'
import { ReferenceRow } from './row.ts'
import { stopConcentrator } from './stop-concentrator.ts'
import { BackEndConnection } from './upstream/back-end-connection.ts'
import { BadFile, readVendorFile } from './vendor-file/read-vendor-file.ts'

const METHODS = 'GET, HEAD, OPTIONS'
const EVENT_STREAM: ResponseHead = {
  status: 200,
  reason: 'OK',
  fields: [
    ['Content-Type', 'text/event-stream'],
    ['Cache-Control', 'no-cache'],
  ],
}
const FULL: ResponseHead = {
  status: 503,
  reason: 'Service Unavailable',
  fields: [
    ['Retry-After', '1'],
    ['Content-Length', '0'],
    ['Connection', 'close'],
  ],
}
const LOOP: ResponseHead = {
  status: 508,
  reason: 'Loop Detected',
  fields: [['Content-Length', '0']],
}

const NO_CONTENT: ResponseHead = { status: 204, reason: 'No Content', fields: [['Allow', METHODS]] }
// [http §15.5.6] 405 lists the allowed methods.
const METHOD_NOT_ALLOWED: ResponseHead = {
  status: 405,
  reason: 'Method Not Allowed',
  fields: [
    ['Allow', METHODS],
    ['Content-Length', '0'],
    ['Connection', 'close'],
  ],
}

/** The port, 0 for any free one, and settings that the run does not have. */
interface Place {
  readonly port?: number | undefined
  readonly adminPort?: number | undefined
  readonly cors?: CorsSettings | undefined
}

/**
 * The reference concentrator: one connection per back end, and all their events to every client.
 * Correct rather than fast. Every fault is one deviation from it.
 */
export async function startConcentrator(
  settings: TargetSettings,
  faults: ConcentratorFaults = {},
  { port = 0, adminPort = 0, cors = DEFAULT_CORS }: Place = {},
): Promise<RunningTarget> {
  const limits = { ...limitsOf(settings.variant), ...faults.limits }
  const hub = new Hub(faults, limits)
  const chainName = randomUUID()
  let lastClient: RequestHead | undefined
  let row: ReferenceRow | undefined
  const open = () =>
    settings.backends.map(
      (backend, index) =>
        new BackEndConnection({
          settings: backend,
          index,
          faults: faults.backend ?? {},
          limits,
          chainName,
          lastClient: () => lastClient,
          onFrame: (frame) => row?.take(() => hub.publish(frame, index)),
          onEndClients: () => void hub.endAll(),
          onLost: () => {
            if (faults.log?.endsWithBackEnd === true) hub.forget()
          },
          onGap: () => hub.announceGap(),
        }),
    )
  const own = open()
  const more: BackEndConnection[] = []
  const asked = new WeakSet<Socket>()
  const heads = { timeoutMs: limits.requestTimeoutMs, ...faults.heads }
  const withCors = (head: ResponseHead, request: RequestHead): ResponseHead => ({
    ...head,
    fields: [...head.fields, ...corsFields(request, cors, faults.cors)],
  })
  let headRequests = 0
  const answerTo = (request: RequestHead): ResponseHead | 'stream' => {
    if (request.method === 'HEAD' && faults.member?.headTakesPlace === true) headRequests += 1
    if (request.method === 'HEAD') return withCors(EVENT_STREAM, request)
    if (request.method === 'OPTIONS') return withCors(NO_CONTENT, request)
    if (request.method !== 'GET') return METHOD_NOT_ALLOWED
    if (fieldValue(request, 'x-chain') === chainName && faults.joinsItself !== true) return LOOP
    const { whenFull } = faults.member ?? {}
    if (hub.size + headRequests < limits.maxClients || whenFull === 'serve') return 'stream'
    if (whenFull === 'end-oldest') hub.endOldest()
    return whenFull === 'end-oldest' ? 'stream' : FULL
  }
  const serve = async (exchange: Exchange): Promise<void> => {
    const { request, client } = exchange
    lastClient = request
    const streaming = own.map((upstream) => upstream.streaming)
    const answer = faults.member?.answer?.(request, streaming) ?? answerTo(request)
    if (answer !== 'stream') asked.add(client)
    if (answer !== 'stream') return await answerShort(exchange, answer)
    if (faults.member?.resetEndsAll === true) client.once('error', () => void hub.endAll())
    const isDeaf = faults.member?.secondRequestDeaf === true && asked.has(client)
    if (isDeaf) return await exchange.respond(EVENT_STREAM).ended
    startAll(own)
    if (faults.backend?.perClient === true) more.push(...startAll(open()))
    exchange.discardRest()
    await hub.join(request, exchange.respond(withCors(EVENT_STREAM, request)))
    if (hub.size > 0) return
    if (faults.backend?.whenAlone === 'reconnect') for (const one of own) one.reconnect()
    if (faults.backend?.whenAlone === 'disconnect')
      for (const one of own.splice(0, own.length, ...open())) one.close()
  }
  const closeHub = (error: unknown): never => {
    hub.close()
    throw error
  }
  const listen = async (at: number, extra: FrontFaults): Promise<Listener> =>
    await serveClients(at, { ...faults, ...extra, heads: { ...heads, ...extra.heads } }, serve)
  const front = await listen(port, {}).catch(closeHub)
  row = await ReferenceRow.start(
    {
      fault: faults.row,
      hub,
      upstreams: own,
      listen,
      startAnother: async () => await startConcentrator(settings),
    },
    front,
  )
  const admin = await startAdmin(
    adminPort,
    () => own.map(({ streaming }) => streaming),
    () => hub.size,
    faults.admin,
  )
  if (faults.backend?.opens !== 'with-first-client') startAll(own)
  if (faults.row === 'each-reads') more.push(...startAll(open()))
  return {
    frontUrl: front.url,
    adminUrl: admin.url,
    killWorker: async () => {
      hub.killWorker(faults.workerDeath)
      if (faults.workerDeath === 'is-final') await front.close()
      if (faults.workerDeath === 'reopens-upstreams') for (const one of own) one.reconnect()
    },
    row: row.row,
    close: async () => {
      await row.close()
      await stopConcentrator(hub, [...own, ...more], [...row.listeners, admin], faults.stop)
    },
  }
}

/** The same, configured by the vendor's file. */
export async function startConcentratorWithFile(
  { text, environment = {} }: FileStart,
  faults: ConcentratorFaults = {},
): Promise<FileOutcome> {
  const { mistakes } = faults.vendorFile ?? {}
  try {
    const withPorts = text
      .replaceAll('{frontPort}', String(await findFreePort()))
      .replaceAll('{adminPort}', '0')
    const file = readVendorFile(withPorts, environment, faults.vendorFile)
    const target = await startConcentrator(
      { role: 'concentrator', backends: file.backends },
      faults,
      {
        port: file.frontPort,
        adminPort: file.adminPort,
        cors: file.cors,
      },
    )
    return { kind: 'running', target }
  } catch (error) {
    if (!(error instanceof BadFile)) throw error
    const [first = ''] = error.message.split('\n')
    const told = { vague: 'bad configuration', silent: '', first, 'exit-0': error.message }
    return {
      kind: 'refused',
      exitCode: mistakes === 'exit-0' ? 0 : 2,
      output: mistakes === undefined ? error.message : told[mistakes],
    }
  }
}

function startAll(upstreams: readonly BackEndConnection[]): readonly BackEndConnection[] {
  for (const upstream of upstreams) upstream.start()
  return upstreams
}

async function answerShort(exchange: Exchange, answer: ResponseHead): Promise<void> {
  const writer = exchange.respond(answer)
  writer.end()
  await writer.ended
}
