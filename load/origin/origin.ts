import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

import { z } from 'zod'

import { listen, type Listening } from '../process/listen.ts'

/**
 * A back end that numbers and dates its events, at any rate: for measurements that a store would
 * limit.
 */
export type Origin = Listening

const batch = z.strictObject({
  /** Number of the first event; the others follow. */
  first: z.int().min(0),
  count: z.int().min(1).max(1_000_000),
  perSecond: z.number().positive().max(1_000_000),
  /** Size of the data of each event. */
  bytes: z.int().min(50).max(10_000_000).default(100),
})

/** Events that are due at the same tick are written together; timers are not finer. */
const TICK_MS = 5

/**
 * `GET` on any other path is the stream. `POST /publish` `{"first", "count", "perSecond",
 * "bytes"?}` is answered when all events are sent, with their times: `{"sentMs": […]}`. `GET
 * /__mock/clients` → `{"clients": [{}, …]}`, like a store's control API, so that callers can use
 * either.
 */
export async function startOrigin(port: number, host = '127.0.0.1'): Promise<Origin> {
  const clients = new Set<ServerResponse>()
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
      return answer(response, 200, { clients: Array.from(clients, () => ({})) })
    }
    if (route === 'POST /publish') {
      let text = ''
      for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
      return answer(response, 200, { sentMs: await publish(batch.parse(JSON.parse(text))) })
    }
    if (request.method !== 'GET') return answer(response, 404, { error: `no ${route}` })
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    clients.add(response)
    response.once('close', () => clients.delete(response))
  }

  async function publish(given: z.infer<typeof batch>): Promise<readonly number[]> {
    const sentMs: number[] = []
    const startMs = nowMs()
    while (sentMs.length < given.count) {
      const due = Math.floor(((nowMs() - startMs) / 1000) * given.perSecond) + 1
      const frames: string[] = []
      while (sentMs.length < Math.min(due, given.count)) {
        const atMs = nowMs()
        frames.push(frame(given.first + sentMs.length, atMs, given.bytes))
        sentMs.push(atMs)
      }
      for (const client of clients) client.write(frames.join(''))
      if (sentMs.length < given.count) await pause(TICK_MS)
    }
    return sentMs
  }
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
