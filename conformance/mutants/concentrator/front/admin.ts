import type { RequestHead, ResponseHead } from '../../http/head.ts'
import type { Listener } from '../../http/listener.ts'
import { serveClients } from '../../http/serve-clients.ts'

/** An answer of the admin port. */
export interface AdminAnswer {
  readonly status: number
  readonly reason: string
  readonly type: string
  readonly body: string
}

/** One check per back end: true while its stream is open. */
export type Health = () => readonly boolean[]

/** `/ping` and `/healthcheck` [protocol §6] on a port of their own; `answer` may give another answer instead. */
export async function startAdmin(
  health: Health,
  answer?: (request: RequestHead, right: AdminAnswer) => AdminAnswer,
): Promise<Listener> {
  return await serveClients(0, {}, async (exchange) => {
    const { request } = exchange
    const right = answerTo(request, health())
    const { status, reason, type, body } = answer?.(request, right) ?? right
    const head: ResponseHead = {
      status,
      reason,
      fields: [
        ['Content-Type', type],
        ['Cache-Control', 'must-revalidate,no-cache,no-store'],
        ['Content-Length', String(Buffer.byteLength(body))],
      ],
    }
    const writer = exchange.respond(head)
    writer.write(Buffer.from(body))
    writer.end()
    await writer.ended
  })
}

function answerTo({ method, target }: RequestHead, health: readonly boolean[]): AdminAnswer {
  const text = { type: 'text/plain' }
  const [path] = target.split('?')
  if (method !== 'GET') return { status: 405, reason: 'Method Not Allowed', ...text, body: '' }
  if (path === '/ping') return { status: 200, reason: 'OK', ...text, body: 'pong\n' }
  if (path !== '/healthcheck') return { status: 404, reason: 'Not Found', ...text, body: '' }
  const checks = health.map((healthy, index) => [`backend-${index + 1}`, { healthy }] as const)
  const body = JSON.stringify(Object.fromEntries(checks))
  const type = 'application/json'
  return health.every(Boolean)
    ? { status: 200, reason: 'OK', type, body }
    : { status: 500, reason: 'Internal Server Error', type, body }
}
