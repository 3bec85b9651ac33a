import { once } from 'node:events'
import { createServer, request } from 'node:http'

/** A web server in front of a store, which mounts it below `/qa`. */
export interface Front extends AsyncDisposable {
  /** Address of the store behind it, with a slash at its end. */
  readonly url: string
  /** Whether it drops the bytes of event streams, after their heads. */
  isBuffering: boolean
  /** How many of the next requests for this path it answers 502. */
  failing: { readonly path: string; times: number }
  /** Event streams that are open. */
  readonly streams: number
}

const BASE = '/qa'

/** Serves the store that listens at this URL. */
export async function startFront(storeUrl: string): Promise<Front> {
  const { hostname, port } = new URL(storeUrl)
  let streams = 0
  const server = createServer((asked, answer) => {
    const path = (asked.url ?? '').replace(BASE, '')
    if (front.failing.path === path.split('?')[0] && front.failing.times > 0) {
      front.failing.times -= 1
      answer.writeHead(502).end()
      return
    }
    const { method, headers } = asked
    const behind = request({ hostname, port, path, method, headers }, (response) => {
      const isStream = String(response.headers['content-type']).startsWith('text/event-stream')
      answer.writeHead(response.statusCode ?? 502, response.headers)
      answer.flushHeaders()
      if (isStream) {
        streams += 1
        answer.on('close', () => (streams -= 1))
      }
      if (!isStream) response.pipe(answer)
      else
        response
          .on('data', (bytes: Buffer) => {
            if (!front.isBuffering) answer.write(bytes)
          })
          .on('end', () => answer.end())
    })
    behind.on('error', () => answer.destroy())
    answer.on('close', () => behind.destroy())
    asked.pipe(behind)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const front: Front = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${BASE}/`,
    isBuffering: false,
    failing: { path: '', times: 0 },
    get streams() {
      return streams
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return front
}
