import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { EventSource } from 'eventsource'

import { listen, type Listening } from '../process/listen.ts'

/** Serves pages of a store by long polling: each request is answered when its page has an entry. */
export type LongPoll = Listening

export interface LongPollOptions {
  /** Base URL. */
  readonly store: string
  /** `user:password` for the store. */
  readonly login: string
  readonly port?: number | undefined
  /** Hold time, after which a request is answered with the empty page. Default 30,000. */
  readonly holdMs?: number | undefined
}

/** Limit of held requests, which take a socket each. Further requests are refused. */
const MAX_HELD = 15_000
const ENTRY = /<entry[\s/>]/

/**
 * A long-poll server for comparison: the store has no long polling of change logs. It forwards a GET
 * to the store. A page without entries, which the `previous` link leads to until something
 * changes, is requested again at each event of the store's stream, and answered when it has an
 * entry. The store works as if it held the request itself, except for the additional page.
 */
export async function startLongPoll(options: LongPollOptions): Promise<LongPoll> {
  const { store, login, port, holdMs = 30_000 } = options
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`
  const held = new Set<() => void>()
  let changes = 0
  const stream = new EventSource(`${store}/webservice/escenic/changelog/sse`, {
    fetch: (url, init) => {
      return fetch(url, { ...init, headers: { ...init.headers, Authorization: authorization } })
    },
  })
  stream.addEventListener('message', () => {
    changes++
    for (const retry of held) retry()
  })
  await once(stream, 'open')

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      send(response, 502, error instanceof Error ? error.message : String(error))
    })
  })
  const listening = await listen(server, { port, backlog: 4096 })
  return {
    url: listening.url,
    async [Symbol.asyncDispose]() {
      stream.close()
      await listening[Symbol.asyncDispose]()
      for (const retry of held) retry()
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET') return send(response, 405, 'expected GET')
    if (held.size >= MAX_HELD) return send(response, 503, 'too many requests are held')
    const deadlineMs = Date.now() + holdMs
    for (;;) {
      const before = changes
      const page = await fetch(`${store}${request.url}`, {
        headers: { Authorization: request.headers.authorization ?? '' },
      })
      const text = await page.text()
      const isDue = !page.ok || ENTRY.test(text) || Date.now() >= deadlineMs
      if (isDue || response.destroyed) return send(response, page.status, text)
      if (changes === before) await nextChange(response, deadlineMs)
    }
  }

  function nextChange(response: ServerResponse, deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const retry = () => {
        held.delete(retry)
        clearTimeout(timer)
        response.off('close', retry)
        resolve()
      }
      const timer = setTimeout(retry, deadlineMs - Date.now())
      held.add(retry)
      response.once('close', retry)
    })
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  if (response.destroyed) return
  response.writeHead(status, {
    'Content-Type': status === 200 ? 'application/atom+xml' : 'text/plain',
  })
  response.end(text)
}
