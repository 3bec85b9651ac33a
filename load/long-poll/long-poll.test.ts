import { createServer } from 'node:http'
import { once } from 'node:events'

import { describe, expect, it } from 'vitest'

import { type LongPoll, startLongPoll } from './long-poll.ts'

const EMPTY = '<feed></feed>'
const CHANGED = '<feed><entry/></feed>'

describe('long-poll server', () => {
  it('long-poll server answers at once when the page has an entry', async () => {
    await using store = await startStore()
    store.page = CHANGED
    await using longPoll = await over(store)
    expect(await text(longPoll, '/log/after/1')).toBe(CHANGED)
    expect(store.asked).toEqual(['/log/after/1'])
  })

  it('long-poll server holds a request until an event announces an entry on its page', async () => {
    await using store = await startStore()
    await using longPoll = await over(store)
    const answer = text(longPoll, '/log/after/1')
    await expect.poll(() => store.count('/log/after/1')).toBe(1)
    store.announce()
    // A change in another section: the page is requested, is still empty, and the client keeps
    // waiting.
    await expect.poll(() => store.count('/log/after/1')).toBe(2)
    store.page = CHANGED
    store.announce()
    expect(await answer).toBe(CHANGED)
    expect(store.count('/log/after/1')).toBe(3)
  })

  it('long-poll server answers with the empty page after the hold time', async () => {
    await using store = await startStore()
    await using longPoll = await over(store, 50)
    expect(await text(longPoll, '/log/after/1')).toBe(EMPTY)
  })

  it('long-poll server forwards the status of a refused request', async () => {
    await using store = await startStore()
    store.status = 404
    await using longPoll = await over(store)
    const response = await fetch(`${longPoll.url}/none`)
    expect(response.status).toBe(404)
  })

  it('long-poll server stops requesting pages for a disconnected client', async () => {
    await using store = await startStore()
    await using longPoll = await over(store)
    const client = new AbortController()
    const gone = fetch(`${longPoll.url}/log`, { signal: client.signal }).catch(() => 'gone')
    await expect.poll(() => store.count('/log')).toBe(1)
    client.abort()
    expect(await gone).toBe('gone')
    const other = text(longPoll, '/other')
    for (let events = 1; events <= 3; events += 1) {
      await expect.poll(() => store.count('/other')).toBe(events)
      if (events === 3) store.page = CHANGED
      store.announce()
    }
    await other
    // A disconnect causes one last request; a client that had stayed would have caused one for each
    // event.
    expect(store.count('/log')).toBeLessThanOrEqual(2)
  })
})

function over(store: { readonly url: string }, holdMs?: number): Promise<LongPoll> {
  return startLongPoll({ store: store.url, login: 'user:password', holdMs })
}

async function text(longPoll: LongPoll, path: string): Promise<string> {
  const response = await fetch(`${longPoll.url}${path}`)
  return response.text()
}

/** One page and one event stream. */
async function startStore() {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/sse') === true) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      store.announce = () => response.write('data: x\n\n')
      return
    }
    store.asked.push(request.url ?? '')
    response.writeHead(store.status).end(store.page)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  const store = {
    url: `http://127.0.0.1:${address.port}`,
    page: EMPTY,
    status: 200,
    asked: new Array<string>(),
    count: (path: string) => store.asked.filter((asked) => asked === path).length,
    announce: (): unknown => {
      throw new Error('the stream has no listener')
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
  return store
}
