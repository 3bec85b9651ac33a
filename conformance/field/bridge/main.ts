import { createServer } from 'node:http'

import { z } from 'zod'

import { publisherFor } from './publishers.ts'
import { readBackEnd } from './read-back-end.ts'

const USAGE = 'usage: main.ts --port PORT --back-ends JSON (--nchan URL | --pushpin URL)\n'

const backEnds = z.array(
  z.object({
    uri: z.url(),
    credentials: z.object({ username: z.string(), password: z.string() }).optional(),
    httpHeaders: z.record(z.string(), z.string()).optional(),
  }),
)

/**
 * Stands between back ends and a hub that cannot read event streams by itself: each event that comes in is published there.
 * Whoever runs such a hub behind a Content Store needs something of the kind; what it adds is the hub's.
 */
function main(args: readonly string[]): void {
  const value = (flag: string): string | undefined => args[args.indexOf(flag) + 1]
  const [port, list] = [value('--port'), value('--back-ends')]
  const hub = args.includes('--nchan') ? 'nchan' : 'pushpin'
  const url = value(`--${hub}`)
  if (port === undefined || list === undefined || url === undefined) {
    process.stderr.write(USAGE)
    process.exitCode = 2
    return
  }
  const publisher = publisherFor(hub, url)
  const controller = new AbortController()
  for (const backEnd of backEnds.parse(JSON.parse(list))) {
    void readBackEnd(backEnd, publisher, controller.signal)
  }
  // Pushpin asks its origin what to do with each client; for nchan this only shows that the bridge is there.
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, publisher.answer)
    response.end()
  })
  server.listen(Number(port), '127.0.0.1')
  process.once('SIGTERM', () => {
    controller.abort()
    server.close()
    server.closeAllConnections()
  })
}

main(process.argv.slice(2))
