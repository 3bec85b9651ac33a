import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it } from 'vitest'

import { serveStore } from '../testing/serve-store.ts'
import { until } from '../testing/until.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import type { ChangeLogEntry } from './change-log-follower.ts'
import { ChangeLogFollower, FollowerError } from './change-log-follower.ts'

const LOG = '/webservice/escenic/changelog/section/12'
const AUTHORIZATION = `Basic ${btoa('user:password')}`

interface Served extends AsyncDisposable {
  readonly url: string
}

async function serve(listener: RequestListener): Promise<Served> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- It listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A feed whose links are given as `rel=href`, and whose stream is at `stream`. */
function feed(links: readonly string[], { entries = '', stream = '' } = {}): string {
  const shown = links.map((link) => {
    const [rel, href] = link.split('=')
    return `<link rel="${rel}" href="${href}"/>`
  })
  const eventStream =
    stream === '' ? '' : `<link rel="changelog" type="text/event-stream" href="${stream}"/>`
  return `<feed xmlns="http://www.w3.org/2005/Atom">${shown.join('')}${eventStream}${entries}</feed>`
}

const ENTRY = `<entry><d:identifier xmlns:d="http://purl.org/dc/terms/">7</d:identifier><title>T</title></entry>`

/** A log whose `next` links never end, and one, `/end`, that always has new changes. */
async function serveEndless(): Promise<Served & { readonly requests: readonly string[] }> {
  const requests: string[] = []
  const server = await serve(({ url: path = '' }, response) => {
    requests.push(path)
    const [, kind, number] = path.split('/')
    const n = Number(number)
    const entries = ENTRY.replace('>7<', `>${n}<`)
    if (kind === 'sse') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n')
    } else if (kind === 'log') {
      response.end(feed([`next=/log/${n + 1}`, 'previous=/after/1'], { entries, stream: '/sse' }))
    } else if (kind === 'end') {
      response.end(feed(['previous=/after/1'], { stream: '/sse' }))
    } else response.end(feed([`previous=/after/${n + 1}`], { entries }))
  })
  return { ...server, requests, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

async function errorOf(promise: Promise<unknown>): Promise<FollowerError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof FollowerError) return error
  throw new Error(`expected a FollowerError, got ${String(error)}`)
}

describe('ChangeLogFollower', () => {
  it('ChangeLogFollower calls onEntry for each change after the start, oldest first', async () => {
    await using store = await serveStore()
    const seen: ChangeLogEntry[] = []
    await using follower = await ChangeLogFollower.start({
      logUrl: store.url + LOG,
      authorization: AUTHORIZATION,
      onEntry: (entry) => seen.push(entry),
    })
    await until(() => follower.state === 'open', 'the stream is open')
    expect(seen).toEqual([])
    for (const title of ['one', 'two', 'three']) store.control.createItem({ sectionId: 12, title })
    await until(() => seen.length === 3, 'three entries')
    expect(seen.map(({ title }) => title)).toEqual(['one', 'two', 'three'])
    expect(follower.entries.get(seen[0]?.identifier ?? '')).toEqual(seen[0])
  })

  it('ChangeLogFollower leaves no timer and no connection when it is closed', async () => {
    await using store = await serveStore()
    const clock = new VirtualClock()
    const options = { logUrl: store.url + LOG, authorization: AUTHORIZATION, clock }
    const follower = await ChangeLogFollower.start(options)
    await until(() => follower.state === 'open', 'the stream is open')
    store.control.setFaults([{ name: 'outage', kind: 'status', scope: 'feed', status: 503 }])
    store.control.createItem({ sectionId: 12, title: 'not found' })
    await until(() => clock.pending === 3, 'the failed poll has a timer')
    await follower.close()
    expect([follower.state, clock.pending]).toEqual(['closed', 0])
    await until(() => store.control.clients().length === 0, 'the stream is closed')
  })

  it('ChangeLogFollower reports a failed poll and repeats it after a minute', async () => {
    await using store = await serveStore()
    const clock = new VirtualClock()
    const errors: FollowerError[] = []
    await using follower = await ChangeLogFollower.start({
      logUrl: store.url + LOG,
      authorization: AUTHORIZATION,
      clock,
      onError: (error) => errors.push(error),
    })
    await until(() => follower.state === 'open', 'the stream is open')
    await follower.settled()
    const { size } = follower.entries
    const outage = { name: 'outage', kind: 'status', scope: 'feed', status: 503, count: 1 } as const
    store.control.setFaults([outage])
    store.control.createItem({ sectionId: 12, title: 'late' })
    await until(() => errors.length === 1, 'the error is reported')
    expect(errors[0]).toMatchObject({ code: 'refused', status: 503 })
    expect(follower.entries.size).toBe(size)
    clock.advance(60_000)
    await until(() => follower.entries.size === size + 1, 'the item is found')
  })

  it('ChangeLogFollower sends its login to the origins of its options, and to no other one', async () => {
    const received: string[] = []
    await using other = await serve((request, response) => {
      received.push(`other ${request.headers.authorization ?? 'none'}`)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n')
    })
    await using store = await serve((request, response) => {
      received.push(`store ${request.headers.authorization ?? 'none'}`)
      response.end(feed(['previous=/after/1'], { stream: `${other.url}/sse` }))
    })
    const options = { logUrl: `${store.url}/log`, authorization: AUTHORIZATION }
    await using linked = await ChangeLogFollower.start(options)
    await until(() => linked.state === 'open', 'the stream is open')
    expect(new Set(received)).toEqual(new Set([`store ${AUTHORIZATION}`, 'other none']))
    await using given = await ChangeLogFollower.start({ ...options, streamUrl: other.url })
    await until(() => given.state === 'open', 'the stream is open')
    expect(received).toContain(`other ${AUTHORIZATION}`)
  })

  it.each([
    ['not XML', 'text', 'expected well-formed XML'],
    ['another document', '<a/>', 'expected an Atom feed, got <a>'],
    [
      'a feed without a previous link',
      feed([]),
      'expected a feed with a "previous" link, got none',
    ],
    ['a log without a stream', feed(['previous=/p']), 'got none: give streamUrl'],
    ['a next link in circles', feed(['previous=/p', 'next=/log']), 'lead to other pages'],
    ['an anonymous entry', feed(['previous=/p'], { entries: '<entry/>' }), 'dcterms:identifier'],
    ['too many bytes', 'x'.repeat(17_000_000), 'expected at most 16777216 bytes, got more'],
  ])('ChangeLogFollower refuses %s', async (_what, body, message) => {
    await using server = await serve((_request, response) => void response.end(body))
    const error = await errorOf(ChangeLogFollower.start({ logUrl: `${server.url}/log?key=secret` }))
    expect(error.code).toBe('bad-answer')
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('secret')
  })

  it('ChangeLogFollower names the status of a server that refuses, and shows no login', async () => {
    await using store = await serveStore()
    const logUrl = store.url.replace('//', '//user:secret@') + LOG
    const error = await errorOf(ChangeLogFollower.start({ logUrl }))
    expect([error.code, error.message]).toEqual([
      'bad-options',
      'logUrl: expected a URL without user info: give `authorization`',
    ])
    const refused = await errorOf(ChangeLogFollower.start({ logUrl: store.url + LOG }))
    expect(refused).toMatchObject({ code: 'refused', status: 401 })
    expect(refused.message).toContain('give `authorization` that it accepts')
  })

  it.each(['', 'ftp://host/log', '/log'])(
    'ChangeLogFollower refuses %j as the URL of a log',
    async (logUrl) => {
      const error = await errorOf(ChangeLogFollower.start({ logUrl }))
      expect(error.code).toBe('bad-options')
      expect(error.message).toContain('logUrl: expected an absolute http or https URL')
    },
  )

  it('ChangeLogFollower stops to poll when a page links to itself, and says so', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/sse') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n')
      } else {
        const entries = request.url === '/after/1' ? ENTRY : ''
        response.end(feed(['previous=/after/1'], { entries, stream: '/sse' }))
      }
    })
    const errors: string[] = []
    await using follower = await ChangeLogFollower.start({
      logUrl: `${server.url}/log`,
      onError: ({ message }) => errors.push(message),
    })
    await until(() => errors.length > 0, 'an error is reported')
    await follower.settled()
    expect(errors).toEqual([expect.stringContaining('lead to other pages')])
    expect(follower.entries.size).toBe(0)
  })

  it('ChangeLogFollower ends a stream whose event is longer than a megabyte, and waits', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/sse') {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(`data: ${'x'.repeat(1_200_000)}`)
      } else response.end(feed(['previous=/after/1'], { stream: '/sse' }))
    })
    const errors: string[] = []
    await using follower = await ChangeLogFollower.start({
      logUrl: `${server.url}/log`,
      onError: ({ message }) => errors.push(message),
    })
    await until(() => follower.state === 'waiting', 'the stream has ended')
    expect(errors).toEqual([expect.stringContaining('events of at most 1048576 characters')])
  })

  it.each(['maxPages', 'maxEntries'])('ChangeLogFollower refuses %s of 0', async (option) => {
    const start = ChangeLogFollower.start({ logUrl: 'http://127.0.0.1:9/', [option]: 0 })
    expect(await errorOf(start)).toMatchObject({
      code: 'bad-options',
      message: `${option}: expected a whole number from 1, got 0`,
    })
  })

  it('ChangeLogFollower reads at most maxPages pages of a log whose next links never end', async () => {
    await using server = await serveEndless()
    const start = ChangeLogFollower.start({ logUrl: `${server.url}/log/0`, maxPages: 3 })
    expect(await errorOf(start)).toMatchObject({
      code: 'bad-answer',
      message: `${server.url}/log/3: expected a log of at most 3 pages, got more: give a larger maxPages`,
    })
    expect(server.requests).toEqual(['/log/0', '/log/1', '/log/2'])
  })

  it('ChangeLogFollower keeps at most maxEntries items of a log that never ends', async () => {
    await using server = await serveEndless()
    const start = ChangeLogFollower.start({ logUrl: `${server.url}/log/0`, maxEntries: 3 })
    expect((await errorOf(start)).message).toContain('at most 3 items, got more')
    expect(server.requests).toHaveLength(4)
  })

  it('ChangeLogFollower reads maxPages pages in one poll, and continues from there a minute later', async () => {
    await using server = await serveEndless()
    const clock = new VirtualClock()
    const errors: string[] = []
    await using follower = await ChangeLogFollower.start({
      logUrl: `${server.url}/end`,
      maxPages: 2,
      clock,
      onError: ({ message }) => errors.push(message),
    })
    await until(() => errors.length === 1, 'the first poll gives up')
    expect(errors).toEqual([expect.stringContaining('/after/3: expected a log of at most 2 pages')])
    clock.advance(60_000)
    await until(() => errors.length === 2, 'the second poll gives up')
    await follower.settled()
    expect(server.requests.filter((path) => path.startsWith('/after/'))).toEqual([
      '/after/1',
      '/after/2',
      '/after/3',
      '/after/4',
    ])
    expect([...follower.entries.keys()]).toEqual(['1', '2', '3', '4'])
  })
})
