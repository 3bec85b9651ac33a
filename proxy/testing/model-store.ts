import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { listenOn } from '../listen.ts'

const HEARTBEAT_MS = 20
const LOGIN = `Basic ${Buffer.from('reader:secret').toString('base64')}`

export const MODEL_LOGIN = { username: 'reader', password: 'secret' }

export interface ModelStore extends AsyncDisposable {
  readonly port: number
  readonly streamUrl: string
  readonly urlOf: (log: number) => string
  /** The link `previous` of the newest page. */
  readonly previousOf: (log: number) => string
  /** Commits a change, and announces it to the streams that are open. */
  readonly change: (log: number) => void
  /** From now on this change log answers with this status, until its next change. */
  readonly end: (log: number, status: number) => void
  /** While it is down every connection is closed at once. */
  readonly setDown: (isDown: boolean) => void
  /** Number of open streams. */
  readonly streams: () => number
  /** Paths of requests for pages with the login, in order. */
  readonly asked: string[]
  /** Requests for pages without the login. */
  readonly strangers: () => number
}

/** A store with change logs whose pages hold one row, and with a stream that sends heartbeats. */
export async function startModelStore(): Promise<ModelStore> {
  const newest = new Map<number, number>()
  const ended = new Map<number, number>()
  const streams = new Set<ServerResponse>()
  const asked: string[] = []
  let strangers = 0
  let lastRow = 1000
  let isDown = false
  let origin = ''
  const urlOf = (log: number): string => `${origin}/changelog/section/${log}`
  const previousOf = (log: number): string => `${urlOf(log)}/after/${newest.get(log) ?? 0}?count=10`

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? ''
    if (isDown) {
      request.socket.destroy()
      return
    }
    if (path === '/sse') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      streams.add(response)
      response.on('close', () => streams.delete(response))
      return
    }
    if (request.headers.authorization !== LOGIN) {
      strangers += 1
      response.writeHead(401).end()
      return
    }
    asked.push(path)
    const [, id = '', , after] = /^\/changelog\/section\/(\d+)(\/after\/(\d+))?/.exec(path) ?? []
    const log = Number(id)
    const status = ended.get(log)
    if (status !== undefined) {
      response.writeHead(status).end()
      return
    }
    const hasEntries = after === undefined || Number(after) < (newest.get(log) ?? 0)
    const etag = hasEntries ? undefined : `"${log}-${after}"`
    if (etag !== undefined && request.headers['if-none-match'] === etag) {
      response.writeHead(304, { ETag: etag }).end()
      return
    }
    const entry = `<entry><link rel="previous" href="/wrong"/><title>${lastRow}</title></entry>`
    response.writeHead(200, {
      'Content-Type': 'application/atom+xml; type=feed',
      ...(etag === undefined ? {} : { ETag: etag }),
    })
    response.end(
      `<feed xmlns="http://www.w3.org/2005/Atom"><link rel="previous" href="${previousOf(log)}"/>` +
        `${hasEntries ? entry : ''}</feed>`,
    )
  }
  const server = createServer(answer)
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  origin = `http://127.0.0.1:${port}`
  const heart = setInterval(() => {
    for (const stream of streams) stream.write(':\n')
  }, HEARTBEAT_MS)
  return {
    port,
    streamUrl: `${origin}/sse`,
    urlOf,
    previousOf,
    change: (log) => {
      lastRow += 1
      newest.set(log, lastRow)
      ended.delete(log)
      for (const stream of streams) stream.write(`data: ${urlOf(log)}\n\n`)
    },
    end: (log, status) => void ended.set(log, status),
    setDown: (down) => {
      isDown = down
      if (down) for (const stream of streams) stream.destroy()
    },
    streams: () => streams.size,
    asked,
    strangers: () => strangers,
    [Symbol.asyncDispose]: async () => {
      clearInterval(heart)
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
