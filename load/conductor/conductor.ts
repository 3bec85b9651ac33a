import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** Where the parts of a run meet: each waits until all have come, and gets what all have brought. */
export interface Conductor extends AsyncDisposable {
  readonly url: string
}

export interface ConductorOptions {
  /** How many parts a run has. */
  readonly parties: number
  readonly port?: number | undefined
  readonly host?: string | undefined
}

interface Meeting {
  readonly values: Map<number, unknown>
  readonly waiting: Set<ServerResponse>
}

const MAX_BODY_BYTES = 1 << 20
/** A run has some ten meetings; a client that makes up names must not cost memory without end. */
const MAX_MEETINGS = 1_000

/**
 * `POST /meet/NAME` `{"party": 1, "value": …}` is answered when every party has come: 200 `{"values": […]}`, in the order of
 * the parties. `POST /leave` ends the run for all: who waits or comes later is answered 409.
 */
export async function startConductor(options: ConductorOptions): Promise<Conductor> {
  const { parties, port = 0, host = '127.0.0.1' } = options
  const meetings = new Map<string, Meeting>()
  let isOver = false

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      send(response, 400, { error: error instanceof Error ? error.message : String(error) })
    })
  })
  server.requestTimeout = 0 // A part waits for as long as the slowest needs; the run has a limit of its own.
  // Between meetings a connection rests for seconds. Closed just when the next one comes, it would cost a part its run.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  return {
    url: `http://${host}:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, action, name = ''] = (request.url ?? '').split('/')
    if (request.method === 'GET' && action === 'ping') return send(response, 200, { parties })
    if (request.method !== 'POST') return send(response, 405, { error: 'expected POST' })
    if (action === 'leave') return leave(response)
    if (action !== 'meet' || name === '')
      return send(response, 404, { error: 'expected /meet/NAME' })
    const { party, value } = readParty(await readText(request))
    if (isOver) return send(response, 409, { error: 'another part has left the run' })
    if (meetings.size >= MAX_MEETINGS) return send(response, 429, { error: 'too many meetings' })
    const meeting = meetings.get(name) ?? { values: new Map(), waiting: new Set() }
    meetings.set(name, meeting)
    meeting.values.set(party, value)
    meeting.waiting.add(response)
    response.once('close', () => meeting.waiting.delete(response))
    if (meeting.values.size === parties) {
      const values = [...meeting.values].toSorted(([a], [b]) => a - b).map(([, brought]) => brought)
      for (const waiting of meeting.waiting) send(waiting, 200, { values })
    }
  }

  function leave(response: ServerResponse): void {
    isOver = true
    for (const { waiting } of meetings.values()) {
      for (const other of waiting) send(other, 409, { error: 'another part has left the run' })
    }
    send(response, 200, {})
  }

  function readParty(text: string): { readonly party: number; readonly value: unknown } {
    const body: unknown = JSON.parse(text)
    if (!(body instanceof Object) || !('party' in body) || typeof body.party !== 'number') {
      throw new Error('expected {"party": NUMBER, "value": …}')
    }
    if (!Number.isInteger(body.party) || body.party < 1 || body.party > parties) {
      throw new Error(`expected a party from 1 to ${parties}, got ${body.party}`)
    }
    return { party: body.party, value: 'value' in body ? body.value : null }
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > MAX_BODY_BYTES) throw new Error(`a body is longer than ${MAX_BODY_BYTES}`)
  }
  return text
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.writableEnded) return
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}
