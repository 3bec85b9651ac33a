import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

import { z } from 'zod'

import { HUBS, publisherFor } from './publishers.ts'
import { readBackEnd } from './read-back-end.ts'

const USAGE =
  `usage: main.ts --port PORT --back-ends JSON (${HUBS.map((hub) => `--${hub} URL`).join(' | ')})\n` +
  '  --token JWT   sent to the hub as a bearer token\n' +
  '  --replay      Pushpin: number the events, and replay them after Last-Event-ID\n'

const backEnds = z.array(
  z.object({
    uri: z.url(),
    credentials: z.object({ username: z.string(), password: z.string() }).optional(),
    httpHeaders: z.record(z.string(), z.string()).optional(),
  }),
)
const text = { type: 'string' } as const

/**
 * Publishes each event of the back ends to a hub that cannot read event streams itself. Such a hub
 * always needs a program like this behind a Content Store. Targets of the suite and benchmarks
 * start this one.
 */
function main(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: text,
      'back-ends': text,
      nchan: text,
      pushpin: text,
      mercure: text,
      centrifugo: text,
      token: text,
      replay: { type: 'boolean' },
    },
  })
  const { port, 'back-ends': list, token, replay: replays = false } = values
  const hub = HUBS.find((name) => values[name] !== undefined)
  const url = hub === undefined ? undefined : values[hub]
  if (port === undefined || list === undefined || hub === undefined || url === undefined) {
    process.stderr.write(USAGE)
    process.exitCode = 2
    return
  }
  const publisher = publisherFor(hub, { url, token, replays })
  const controller = new AbortController()
  for (const backEnd of backEnds.parse(JSON.parse(list))) {
    void readBackEnd(backEnd, publisher, controller.signal)
  }
  // Pushpin asks its origin how to handle each client. For other hubs this server only shows that
  // the bridge is running.
  const server = createServer((request, response) => {
    const lastId = request.headers['last-event-id']
    request.resume()
    response.writeHead(200, publisher.headers)
    response.end(publisher.missedAfter(typeof lastId === 'string' ? lastId : undefined))
  })
  server.keepAliveTimeout = 0 // Keep-alive: a connection that closes just before Pushpin's next request would fail that request.
  server.listen(Number(port), '127.0.0.1', 4096)
  process.once('SIGTERM', () => {
    controller.abort()
    server.close()
    server.closeAllConnections()
  })
}

main(process.argv.slice(2))
