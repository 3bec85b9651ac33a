import type { RequestHead, ResponseHead } from '../../http/head.ts'
import type { Listener } from '../../http/listener.ts'
import { serveClients } from '../../http/serve-clients.ts'

/** A response of the admin port. */
export interface AdminAnswer {
  readonly status: number
  readonly reason: string
  readonly type: string
  readonly body: string
  readonly cacheControl?: string | undefined
}

/** One check per back end: true while its stream is open. */
export type Health = () => readonly boolean[]

const PAGES = ['/metrics?pretty=true', '/ping', '/threads', '/healthcheck?pretty=true']

/** The pages of [protocol §6] on their own port. `answer` may replace a response. */
export async function startAdmin(
  port: number,
  health: Health,
  clients: () => number,
  answer?: (request: RequestHead, right: AdminAnswer) => AdminAnswer,
): Promise<Listener> {
  return await serveClients(port, {}, async (exchange) => {
    const { request } = exchange
    const right = answerTo(request, health(), clients())
    const given = answer?.(request, right) ?? right
    const { status, reason, type, body, cacheControl } = given
    const head: ResponseHead = {
      status,
      reason,
      fields: [
        ['Content-Type', type],
        ['Cache-Control', cacheControl ?? 'must-revalidate,no-cache,no-store'],
        ['Content-Length', String(Buffer.byteLength(body))],
      ],
    }
    const writer = exchange.respond(head)
    writer.write(Buffer.from(body))
    writer.end()
    await writer.ended
  })
}

function answerTo(
  { method, target }: RequestHead,
  health: readonly boolean[],
  clients: number,
): AdminAnswer {
  const [path = '', query = ''] = target.split('?')
  const indent = query.includes('pretty=true') ? 2 : undefined
  if (path.startsWith('/tasks/')) return task(method, path)
  if (method !== 'GET') return text(405, 'Method Not Allowed')
  switch (path) {
    case '/':
      return { ...text(200, 'OK', menu()), type: 'text/html' }
    case '/ping':
      return text(200, 'OK', 'pong\n')
    case '/threads':
      return text(200, 'OK', 'main id=1 state=RUNNABLE\n')
    case '/metrics':
      return json(200, 'OK', metrics(clients), indent)
    case '/healthcheck': {
      const checks = health.map((healthy, index) => [`backend-${index + 1}`, { healthy }] as const)
      const all = health.every(Boolean)
      const status = all ? 200 : 500
      const reason = all ? 'OK' : 'Internal Server Error'
      return json(status, reason, Object.fromEntries(checks), indent)
    }
    default:
      return text(404, 'Not Found')
  }
}

function task(method: string, path: string): AdminAnswer {
  if (method !== 'POST') return text(405, 'Method Not Allowed')
  return path === '/tasks/gc' ? text(200, 'OK', 'Running GC...\nDone!\n') : text(404, 'Not Found')
}

function text(status: number, reason: string, body = ''): AdminAnswer {
  return { status, reason, type: 'text/plain', body }
}

function json(status: number, reason: string, content: unknown, indent?: number): AdminAnswer {
  const body = JSON.stringify(content, undefined, indent)
  return { status, reason, type: 'application/json', body }
}

function menu(): string {
  const links = PAGES.map((page) => `<a href="${page}">${page}</a>`).join(' ')
  return `<!doctype html><title>Operational Menu</title><h1>Operational Menu</h1>${links}`
}

function metrics(clients: number): Readonly<Record<string, unknown>> {
  return {
    version: '3.0.0',
    gauges: { clients: { value: clients } },
    counters: {},
    histograms: {},
    meters: {},
    timers: {},
  }
}
