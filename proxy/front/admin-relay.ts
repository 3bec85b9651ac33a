import { type IncomingMessage, request as httpRequest } from 'node:http'
import type { Writable } from 'node:stream'

import type { AdminPlace } from '../config/connector.ts'
import type { Field } from './cors.ts'

/** A request of a client for an admin page. It has no body: the admin port reads none. */
interface AdminRequest {
  readonly method: string
  readonly path: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly accept: string | undefined
}

interface AdminAnswer {
  readonly status: number
  readonly fields: readonly Field[]
  readonly body: Buffer
}

/** Time for an answer, with the time that a client takes to read it. */
const EXCHANGE_MS = 30_000
/** Exchanges of this process at a time: a page may be large, and a client slow. */
const MOST_EXCHANGES = 8
const MAX_BYTES = 16_777_216
/** What the admin port decides about. */
const FIELDS = ['Content-Type', 'Content-Length', 'Cache-Control', 'Allow'] as const

/** The admin port cannot distinguish these clients from programs on this host. */
const NO_UPGRADE = plainText(403, 'an upgrade is for programs on this host: use the admin port\n')

/** Whether a path is that of an admin page. */
export function isAdminPath(path: string, { contextPath }: AdminPlace): boolean {
  if (!path.startsWith(contextPath)) return false
  const next = path[contextPath.length]
  return next === undefined || next === '/' || next === '?'
}

let exchanges = 0

/**
 * Asks the admin port for a page and sends the answer; 503 when clients have too many pages already,
 * 502 when the admin port does not answer. `exchange` closes once the client has the answer.
 */
export async function relayToAdmin(
  place: AdminPlace,
  request: AdminRequest,
  exchange: Writable,
  send: (answer: AdminAnswer) => void,
): Promise<void> {
  if (exchange.destroyed) return
  if (isUpgrade(request.path)) {
    send(NO_UPGRADE)
    return
  }
  if (exchanges >= MOST_EXCHANGES) {
    send(withoutBody(503))
    return
  }
  exchanges += 1
  const late = setTimeout(() => exchange.destroy(), EXCHANGE_MS)
  exchange.once('close', () => {
    exchanges -= 1
    clearTimeout(late)
  })
  const answer = await ask(place, request).catch(() => withoutBody(502))
  if (!exchange.destroyed) send(answer)
}

function isUpgrade(path: string): boolean {
  const target = `http://admin${path}`
  return URL.canParse(target) && new URL(target).pathname.endsWith('/tasks/upgrade')
}

function withoutBody(status: number): AdminAnswer {
  return { status, fields: [['Content-Length', '0']], body: Buffer.alloc(0) }
}

function plainText(status: number, text: string): AdminAnswer {
  const body = Buffer.from(text)
  const type: Field = ['Content-Type', 'text/plain; charset=utf-8']
  return { status, fields: [type, ['Content-Length', String(body.length)]], body }
}

async function ask(
  { port }: AdminPlace,
  { method, path, host, origin, accept }: AdminRequest,
): Promise<AdminAnswer> {
  const given = { Host: host, Origin: origin, Accept: accept }
  const sent = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    setHost: false,
    headers: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    signal: AbortSignal.timeout(EXCHANGE_MS),
  })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject).end()
  })
  const chunks: Buffer[] = []
  let length = 0
  for await (const bytes of response) {
    if (!Buffer.isBuffer(bytes)) continue
    length += bytes.length
    if (length > MAX_BYTES) throw new Error(`a page above ${MAX_BYTES} bytes`)
    chunks.push(bytes)
  }
  const fields = FIELDS.flatMap((name): Field[] => {
    const value = response.headers[name.toLowerCase()]
    return typeof value === 'string' ? [[name, value]] : []
  })
  return { status: response.statusCode ?? 502, fields, body: Buffer.concat(chunks) }
}
