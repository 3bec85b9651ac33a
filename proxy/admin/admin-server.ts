import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'

import type { BackEnd } from '../backend/back-end.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import { certificatesOf } from '../config/certificate-age.ts'
import type { Connector } from '../config/connector.ts'
import { contextOf } from '../connector/tls-acceptor.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import type { AdminSettings } from '../config/settings.ts'
import { limitConnections, TIMEOUT_LOOK_MS } from './admin-connections.ts'
import { AdminGuard } from './admin-guard.ts'
import { checkHealth } from './health.ts'
import { dropwizardMetrics, prometheusMetrics } from './metrics-answer.ts'
import { SERVER_NAME } from '../server-name.ts'
import { type MetricSources, readMetrics } from './metrics.ts'
import type { UpgradeOutcome } from '../upgrade/upgrader.ts'
import type { Readiness } from './readiness.ts'
import { createTasks, type LevelHolder, type Task } from './tasks.ts'
import { counted } from '../counted.ts'

export interface AdminOptions extends MetricSources {
  readonly backEnds: readonly BackEnd[]
  readonly guard: BoundaryGuard
  readonly settings: AdminSettings
  /** The connector that the caller makes it listen at. */
  readonly connector: Connector
  /** Path of the pages besides `/`, without a slash at its end; '' = none. */
  readonly contextPath: string
  readonly logger: LevelHolder
  readonly readiness: Readiness
  /** Replaces this process by a new one. */
  readonly upgrade: () => Promise<UpgradeOutcome>
  readonly nowMs: () => number
}

/** A response of the admin port. */
interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly allow?: string
  /** Whether the connection ends: the next request is for another process. */
  readonly isLast?: boolean
}

const TEXT = 'text/plain'
const JSON_TYPE = 'application/json'

/** `base` = path that the pages are below. */
const menu = (base: string) => `<!DOCTYPE html>
<html><head><title>Operational Menu</title></head><body><h1>Operational Menu</h1><ul>
<li><a href="${base}/metrics?pretty=true">Metrics</a></li>
<li><a href="${base}/ping">Ping</a></li>
<li><a href="${base}/threads">Threads</a></li>
<li><a href="${base}/healthcheck?pretty=true">Healthcheck</a></li>
<li><a href="${base}/live">Live</a></li>
<li><a href="${base}/ready">Ready</a></li>
</ul></body></html>
`

/** The admin port with the pages of Dropwizard [protocol §6]. The caller makes it listen. */
export function createAdminServer(options: AdminOptions): Server {
  const tasks = createTasks(options.logger)
  const { connector, settings } = options
  const webGuard = new AdminGuard(settings, connector)
  const server = createListener(connector, settings)
  limitConnections(server, { ...settings, idleMs: connector.idleMs ?? settings.idleMs })
  server.on('request', (request, response) => {
    void options.guard.runAsync(
      'admin',
      async () => answer(request, response, { ...options, tasks, webGuard }),
      () => response.destroy(),
    )
  })
  return server
}

function createListener({ tls, maxHeadBytes }: Connector, { headMs }: AdminSettings): Server {
  const options = {
    connectionsCheckingInterval: TIMEOUT_LOOK_MS,
    ...(maxHeadBytes === undefined ? {} : { maxHeaderSize: maxHeadBytes }),
  }
  if (tls === undefined) return createServer(options)
  const { clientAuth } = tls
  return createSecureServer({
    ...options,
    ...contextOf(tls),
    handshakeTimeout: headMs,
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'need',
  })
}

/** New connections to a server with TLS get this certificate. */
export function replaceCertificate(server: Server | undefined, tls: TlsServer | undefined): void {
  if (server instanceof SecureServer && tls !== undefined) server.setSecureContext(contextOf(tls))
}

interface Answering extends AdminOptions {
  readonly tasks: ReadonlyMap<string, Task>
  readonly webGuard: AdminGuard
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: Answering,
): Promise<void> {
  response.sendDate = options.connector.sendsDate ?? true
  const target = `http://admin${request.url ?? '/'}`
  const refusal = options.webGuard.refuses(request.headers)
  let page = plain(400, 'Bad Request\n')
  if (refusal !== undefined) page = plain(403, `${refusal}\n`)
  else if (URL.canParse(target)) page = await pageFor(request, new URL(target), options)
  response.writeHead(page.status, {
    'Content-Type': page.type,
    'Content-Length': Buffer.byteLength(page.body),
    'Cache-Control': 'must-revalidate,no-cache,no-store',
    ...(options.connector.sendsServer === true ? { Server: SERVER_NAME } : {}),
    ...(page.isLast === true ? { Connection: 'close' } : {}),
    ...(page.allow === undefined ? {} : { Allow: page.allow }),
  })
  response.end(page.body)
}

async function pageFor(
  request: IncomingMessage,
  { pathname: path, searchParams }: URL,
  options: Answering,
): Promise<Page> {
  const isBelow = `${path}/`.startsWith(`${options.contextPath}/`)
  const base = isBelow ? options.contextPath : ''
  const pathname = path.slice(base.length)
  if (pathname.startsWith('/tasks/')) {
    if (pathname === '/tasks/upgrade') return await upgradePage(request, options)
    const task = options.tasks.get(pathname.slice('/tasks/'.length))
    if (task === undefined) return plain(404, 'Not Found\n')
    if (request.method !== 'POST') return { ...plain(405, 'Method Not Allowed\n'), allow: 'POST' }
    const refusal = options.webGuard.refusesTask(request)
    if (refusal !== undefined) return plain(403, `${refusal}\n`)
    const { status, text } = task(searchParams)
    return plain(status, text)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { ...plain(405, 'Method Not Allowed\n'), allow: 'GET, HEAD' }
  }
  const isPretty = searchParams.get('pretty') === 'true'
  switch (pathname) {
    case '':
    case '/':
      return { status: 200, type: 'text/html', body: menu(base) }
    case '/ping':
      return plain(200, 'pong\n')
    case '/healthcheck': {
      const { isLeaving } = options.readiness
      const { isHealthy, checks } = checkHealth({
        backEnds: options.backEnds,
        row: options.row(),
        certificates: certificatesOf(options.connectors(), Date.now()),
        isLeaving,
        nowMs: options.nowMs(),
      })
      return json(isLeaving ? 503 : isHealthy ? 200 : 500, checks, isPretty)
    }
    case '/live':
      return plain(200, 'alive\n')
    case '/ready': {
      const { obstacle } = options.readiness
      return obstacle === undefined ? plain(200, 'ready\n') : plain(503, `${obstacle}\n`)
    }
    case '/threads':
      return plain(200, threads(options))
    case '/metrics': {
      const wantsText = /\b(text\/plain|application\/openmetrics-text)\b/.test(
        request.headers.accept ?? '',
      )
      return wantsText
        ? await prometheusPage(options)
        : json(200, dropwizardMetrics(readMetrics(options)), isPretty)
    }
    case '/metrics/prometheus':
      return await prometheusPage(options)
    default:
      return plain(404, 'Not Found\n')
  }
}

/** Only for programs on this host, whatever else may run tasks. */
async function upgradePage(request: IncomingMessage, options: Answering): Promise<Page> {
  if (request.method !== 'POST') return { ...plain(405, 'Method Not Allowed\n'), allow: 'POST' }
  const refusal = options.webGuard.refusesUpgrade(request)
  if (refusal !== undefined) return plain(403, `${refusal}\n`)
  // It may take longer than a connection may be idle.
  request.socket.setTimeout(0)
  const { isDone, text } = await options.upgrade()
  return { ...plain(isDone ? 200 : 409, `${text}\n`), isLast: isDone }
}

async function prometheusPage(options: AdminOptions): Promise<Page> {
  const { type, text } = await prometheusMetrics(readMetrics(options))
  return { status: 200, type, body: text }
}

/** One entry per process, because each process serves its clients in one thread. */
function threads(options: AdminOptions): string {
  return options
    .clients()
    .map(
      ({ clients }, index) =>
        `process id=${index + 1} state=RUNNABLE\n    at ${counted(clients, 'client')}\n`,
    )
    .join('\n')
}

function plain(status: number, body: string): Page {
  return { status, type: TEXT, body }
}

function json(status: number, value: unknown, isPretty: boolean): Page {
  return { status, type: JSON_TYPE, body: JSON.stringify(value, null, isPretty ? 2 : undefined) }
}
