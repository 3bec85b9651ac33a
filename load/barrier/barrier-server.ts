import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { z } from 'zod'

import { listen, type Listening } from '../process/listen.ts'

/**
 * The server at which the shards of a run wait for each other. Each gets the values of all when the
 * last one arrives.
 */
export type BarrierServer = Listening

export interface BarrierOptions {
  /** How many shards a run has. */
  readonly shards: number
  readonly port?: number | undefined
  readonly host?: string | undefined
}

interface Barrier {
  readonly values: Map<number, unknown>
  readonly waiting: Set<ServerResponse>
}

const MAX_BODY_BYTES = 1 << 20
/**
 * A run has about ten barriers, and eight hours of rounds about a thousand. The limit bounds the
 * memory for clients that invent names.
 */
const MAX_BARRIERS = 10_000
const SHARD_LEFT = { error: 'another shard has left the run' }

/**
 * `POST /barriers/NAME` `{"shard": 1, "value": …}` is answered when every shard has arrived: 200
 * `{"values": […]}`, in the order of the shards. `POST /leave` ends the run for all: waiting and
 * later shards get 409.
 */
export async function startBarrierServer(options: BarrierOptions): Promise<BarrierServer> {
  const { shards, port, host } = options
  const arrivalSchema = z.object({ shard: z.int().min(1).max(shards), value: z.unknown() })
  const barriers = new Map<string, Barrier>()
  let isOver = false

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      send(response, 400, { error: error instanceof Error ? error.message : String(error) })
    })
  })
  server.requestTimeout = 0 // A shard waits for the slowest one. The run has its own time limit.
  // Connections are idle for seconds between barriers. One that closes just before the next request
  // would fail its shard.
  server.keepAliveTimeout = 0
  return listen(server, { host, port })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, action, name = ''] = (request.url ?? '').split('/')
    if (request.method === 'GET' && action === 'ping') return send(response, 200, { shards })
    if (request.method !== 'POST') return send(response, 405, { error: 'expected POST' })
    if (action === 'leave') return leave(response)
    if (action !== 'barriers' || name === '') {
      return send(response, 404, { error: 'expected /barriers/NAME' })
    }
    const { shard, value } = readArrival(await readText(request))
    if (isOver) return send(response, 409, SHARD_LEFT)
    if (barriers.size >= MAX_BARRIERS && !barriers.has(name)) {
      return send(response, 429, { error: 'too many barriers' })
    }
    const barrier = barriers.get(name) ?? { values: new Map(), waiting: new Set() }
    barriers.set(name, barrier)
    barrier.values.set(shard, value ?? null)
    barrier.waiting.add(response)
    response.once('close', () => barrier.waiting.delete(response))
    if (barrier.values.size === shards) {
      const values = [...barrier.values].toSorted(([a], [b]) => a - b).map(([, given]) => given)
      for (const waiting of barrier.waiting) send(waiting, 200, { values })
    }
  }

  function leave(response: ServerResponse): void {
    isOver = true
    for (const { waiting } of barriers.values()) {
      for (const other of waiting) send(other, 409, SHARD_LEFT)
    }
    send(response, 200, {})
  }

  function readArrival(text: string): z.infer<typeof arrivalSchema> {
    const body: unknown = JSON.parse(text)
    const arrival = arrivalSchema.safeParse(body)
    if (arrival.success) return arrival.data
    const expected = `{"shard": 1 to ${shards}, "value": …}`
    throw new Error(`expected ${expected}, got ${text.slice(0, 200)}`)
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: string[] = []
  let length = 0
  for await (const chunk of request.setEncoding('utf8')) {
    chunks.push(String(chunk))
    length += String(chunk).length
    if (length > MAX_BODY_BYTES) throw new Error(`the body is longer than ${MAX_BODY_BYTES}`)
  }
  return chunks.join('')
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.writableEnded) return
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}
