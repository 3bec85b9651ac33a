import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** One request of a reader. */
export interface Asked {
  readonly lastEventId: string | undefined
  /** The query parameter `lastEventId`. */
  readonly idInQuery: string | undefined
  readonly accept: string | undefined
}

/** Answers the `nth` request of one reader for one stream; nth counts from 1. */
export type StreamAnswer = (nth: number, response: ServerResponse) => void

/** Serves every stream to every reader under its own path, and records the requests. */
export interface StreamServer extends AsyncDisposable {
  /** Registers the answer for a path. Returns its URL. */
  serve(path: string, answer: StreamAnswer): string
  /** The requests for a path, oldest first. */
  asked(path: string): readonly Asked[]
}

/**
 * Browsers open at most six connections to one host, so streams are spread over this many loopback
 * addresses.
 */
const HOSTS = 50

export async function startStreamServer(): Promise<StreamServer> {
  const answers = new Map<string, StreamAnswer>()
  const asked = new Map<string, Asked[]>()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Access-Control-Allow-Headers', 'last-event-id, cache-control, accept')
    const answer = answers.get(pathname)
    if (request.method === 'OPTIONS' || answer === undefined) {
      response.writeHead(request.method === 'OPTIONS' ? 204 : 404)
      response.end()
      return
    }
    const all = asked.get(pathname) ?? []
    asked.set(pathname, [...all, askedBy(request)])
    answer(all.length + 1, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '0.0.0.0', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    serve: (path, answer) => {
      answers.set(path, answer)
      return `http://127.0.0.${(answers.size % HOSTS) + 1}:${port}${path}`
    },
    asked: (path) => asked.get(path) ?? [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function askedBy({ headers, url = '/' }: IncomingMessage): Asked {
  const idInQuery = new URL(url, 'http://localhost').searchParams.get('lastEventId') ?? undefined
  const id = headers['last-event-id']
  // Header fields are byte strings; ids are UTF-8.
  const lastEventId = typeof id === 'string' ? Buffer.from(id, 'latin1').toString() : undefined
  return { lastEventId, idInQuery, accept: headers.accept }
}
