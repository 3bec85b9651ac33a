import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

import { z } from 'zod'

import { listen, type Listening } from '../process/listen.ts'

/**
 * A back end that numbers its events and dates them by a schedule, at any rate: for measurements
 * that a store would limit.
 */
export type Origin = Listening

const batch = z.strictObject({
  /** Number of the first event; the others follow. */
  first: z.int().min(0),
  count: z.int().min(1).max(1_000_000),
  perSecond: z.number().positive().max(1_000_000),
  /** When the first event is due, in ms since 1970. Default: when the request arrives. */
  startMs: z.number().positive().optional(),
  /** Size of the data of each event. */
  bytes: z.int().min(50).max(10_000_000).default(100),
})

type Batch = z.infer<typeof batch>

/** How many of the latest events a client can resume with. */
const KEPT_EVENTS = 100_000

/** Events that are due at the same tick are written together; timers are not finer. */
const TICK_MS = 5

/** An event, as clients without ids get it. */
interface Numbered {
  readonly number: number
  readonly text: string
}

/** When the events of a batch were due and were sent, in ms since 1970 with decimals. */
interface Times {
  readonly dueMs: readonly number[]
  readonly sentMs: readonly number[]
}

/**
 * `GET` on any other path is the stream; with `?ids` its events have ids, and a client that comes back
 * with `Last-Event-ID` gets what it missed. `POST /publish` `{"first", "count", "perSecond",
 * "startMs"?, "bytes"?}` is answered when all events are sent: `{"dueMs": […], "sentMs": […]}`.
 * Events contain the time at which they are due, so that a stall of this process is not hidden from
 * clients. `GET /__mock/clients` → `{"clients": [{}, …]}`, like a store's control API, so that
 * callers can use either.
 */
export async function startOrigin(port: number, host = '127.0.0.1'): Promise<Origin> {
  const clients = new Set<ServerResponse>()
  const clientsWithIds = new Set<ServerResponse>()
  /** Kept from the first client with ids on. */
  const log: Numbered[] = []
  let keepsLog = false
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      answer(response, 400, { error: error instanceof Error ? error.message : String(error) })
    })
  })
  server.requestTimeout = 0
  server.keepAliveTimeout = 0 // A connection that closes just before the next request would lose it.
  return listen(server, { host, port })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url}`
    if (route === 'GET /__mock/info') return answer(response, 200, { kind: 'origin' })
    if (route === 'GET /__mock/clients') {
      return answer(response, 200, {
        clients: Array.from([...clients, ...clientsWithIds], () => ({})),
      })
    }
    if (route === 'POST /publish') {
      let text = ''
      for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
      return answer(response, 200, await publish(batch.parse(JSON.parse(text))))
    }
    if (request.method !== 'GET') return answer(response, 404, { error: `no ${route}` })
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    const hasIds = new URL(request.url ?? '/', 'http://origin').searchParams.has('ids')
    const group = hasIds ? clientsWithIds : clients
    group.add(response)
    response.once('close', () => group.delete(response))
    const lastId = request.headers['last-event-id']
    keepsLog ||= hasIds
    if (!hasIds || lastId === undefined) return
    const missed = log.filter(({ number }) => number > Number(lastId))
    response.write(missed.map(withId).join(''))
  }

  async function publish(given: Batch): Promise<Times> {
    const { first, count, perSecond, startMs = nowMs(), bytes } = given
    const dueMs = Array.from({ length: count }, (_, index) => startMs + (index * 1000) / perSecond)
    const sentMs: number[] = []
    while (sentMs.length < count) {
      const atMs = nowMs()
      const events: Numbered[] = []
      for (let index = sentMs.length; index < count; index++) {
        const due = dueMs[index] ?? 0
        if (due > atMs) break
        events.push({ number: first + index, text: frame(first + index, due, bytes) })
        sentMs.push(atMs)
      }
      if (events.length > 0) send(events)
      if (sentMs.length < count) await pause(TICK_MS)
    }
    return { dueMs, sentMs }
  }

  function send(events: readonly Numbered[]): void {
    const text = events.map((event) => event.text).join('')
    for (const client of clients) client.write(text)
    if (!keepsLog) return
    const textWithIds = events.map(withId).join('')
    for (const client of clientsWithIds) client.write(textWithIds)
    log.push(...events)
    log.splice(0, Math.max(0, log.length - KEPT_EVENTS))
  }
}

function withId({ number, text }: Numbered): string {
  return `id: ${number}\n${text}`
}

function frame(number: number, atMs: number, bytes: number): string {
  const data = `{"n":${number},"at":${atMs.toFixed(3)},"fill":""}`
  return `data: ${data.slice(0, -2)}${'x'.repeat(Math.max(0, bytes - data.length))}"}\n\n`
}

function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}
