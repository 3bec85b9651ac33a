import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it } from 'vitest'

import { superlinearGrowth } from '../testing/cpu-growth.ts'
import { learnOptions } from '../testing/learn-store.ts'
import { StreamRecorder } from './stream-recorder.ts'
import { learn } from './learn.ts'
import type { LearnOptions } from './learn.ts'
import { PoliteClient } from './polite-client.ts'
import { TestItems } from './test-items.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface OtherStore extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly IncomingMessage[]
}

/** A server with the answers of the test. */
async function serveOther(handler: Handler): Promise<OtherStore> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `listen` with a port leads to an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const NAMESPACES = 'xmlns="http://www.w3.org/2005/Atom" xmlns:dcterms="http://purl.org/dc/terms/"'

function feed(inner: string): string {
  return `<feed ${NAMESPACES}>${inner}</feed>`
}

function section(id: number): string {
  return `<entry><title>Section ${id}</title><dcterms:identifier>${id}</dcterms:identifier></entry>`
}

function clientOf({ url }: Pick<OtherStore, 'url'>, { rate = Infinity } = {}): PoliteClient {
  return new PoliteClient({
    baseUrl: url,
    rate,
    maxRequests: 100,
    signal: AbortSignal.timeout(60_000),
  })
}

async function failure(
  store: Pick<OtherStore, 'url'>,
  options: Partial<LearnOptions> = {},
): Promise<unknown> {
  try {
    await learn(learnOptions(store, { writeSectionId: undefined, ...options }))
    return undefined
  } catch (error) {
    return error
  }
}

describe('learn with a server that is not a store, or that is hostile', () => {
  it.each([
    [200, 'unreachable', /expected an Atom document of a Content Store, got <html>/, '<html/>'],
    [200, 'unreachable', /expected an Atom document/, 'Hello'],
    [200, 'unreachable', /expected an Atom document/, ''],
    [200, 'unreachable', /DOCTYPE is not accepted/, '<!DOCTYPE feed [<!ENTITY a "b">]><feed/>'],
    [200, 'unreachable', /depth: expected at most 100/, feed('<a>'.repeat(200))],
    [200, 'unreachable', /lists no section that this user may read/, feed('')],
    [404, 'unreachable', /got status 404/, ''],
    [302, 'unreachable', /got status 302/, ''],
    [401, 'unauthorized', /--login NAME:PASSWORD/, ''],
    [500, 'unreachable', /at most 8388608 bytes/, 'x'.repeat(9 * 1024 * 1024)],
  ])(
    'learn ends after a response with status %i by the error %s: %s',
    async (status, code, message, body) => {
      await using store = await serveOther((_request, response) =>
        response.writeHead(status).end(body),
      )
      expect(await failure(store)).toMatchObject({ code, message: expect.stringMatching(message) })
    },
  )

  it('learn names the network error when no server listens', async () => {
    const store = await serveOther(() => {})
    await store[Symbol.asyncDispose]()
    expect(await failure(store)).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('learn stops after --max-seconds when the store does not answer', async () => {
    await using store = await serveOther(() => {})
    expect(await failure(store, { maxMs: 200 })).toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('--max-seconds'),
    })
  })

  it('learn stops after --max-seconds when a response does not end', async () => {
    await using store = await serveOther((_request, response) => response.write('<feed'))
    expect(await failure(store, { maxMs: 500 })).toMatchObject({ code: 'timed-out' })
  })

  it('learn stops after --max-requests, and reads at most --sections of an endless list of sections', async () => {
    let id = 0
    const handler: Handler = (_request, response) =>
      response.end(feed(section((id += 1)) + section((id += 1))))
    await using store = await serveOther(handler)
    expect(await failure(store, { maxRequests: 30 })).toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('--max-requests'),
    })
    expect(store.requests).toHaveLength(30)
    await using again = await serveOther(handler)
    await failure(again, { maxSections: 5, maxRequests: 1000 })
    const asked = again.requests.filter(
      ({ url = '' }) => url.endsWith('/subsections') && !url.includes('ROOT'),
    )
    expect(asked).toHaveLength(5)
  })

  it('learn sends the login only to the store, even if links and redirects lead to other origins', async () => {
    await using other = await serveOther((_request, response) => response.end())
    await using store = await serveOther((request, response) => {
      const link = (rel: string): string =>
        `<link rel="${rel}" href="${other.url}/webservice/x" type="text/event-stream"/>`
      if (request.url?.includes('changelog') === true)
        response.writeHead(302, { Location: other.url }).end()
      else response.end(feed(link('self') + link('down') + section(1)))
    })
    await failure(store)
    expect(store.requests.length).toBeGreaterThan(5)
    expect(other.requests).toEqual([])
  })

  it('PoliteClient sends no more requests in a second than its rate', async () => {
    await using store = await serveOther((_request, response) => response.end())
    const client = clientOf(store, { rate: 50 })
    const begun = performance.now()
    for (let sent = 0; sent < 20; sent += 1) await client.send('/webservice/')
    // On a busy machine requests are later; a timer may fire a millisecond early.
    expect(performance.now() - begun).toBeGreaterThan(19 * 20 - 2)
  })

  it.each([
    [
      'an answer of status 500',
      (response: ServerResponse) => response.writeHead(500).end(),
      'its DELETE is answered 500',
    ],
    [
      'no answer',
      (response: ServerResponse) => response.destroy(),
      'no answer from http://127.0.0.1',
    ],
  ])(
    'TestItems reports the item that remains after %s to its DELETE, and hides no error',
    async (_what, end, reason) => {
      await using store = await serveOther(({ method }, response) => {
        if (method === 'DELETE') end(response)
        else response.writeHead(201, { Location: '/webservice/escenic/content/1' }).end()
      })
      const steps: string[] = []
      const onStep = (what: string): number => steps.push(what)
      const stopped = async (): Promise<void> => {
        await using items = new TestItems({ client: clientOf(store), onStep }, 22)
        await items.create({ draft: 'yes' })
        throw new Error('stopped')
      }
      await expect(stopped()).rejects.toThrow(/^stopped$/)
      expect(steps).toEqual([
        expect.stringContaining(`/webservice/escenic/content/1 is left: ${reason}`),
      ])
    },
  )

  it.each([
    ['a line without end', (size: number) => 'x'.repeat(size)],
    ['empty lines', (size: number) => '\n'.repeat(size)],
    ['data lines of one event', (size: number) => 'data:\n'.repeat(size / 6)],
    ['comments', (size: number) => ':\n'.repeat(size / 2)],
  ])('StreamRecorder reads %s in linear time', async (_name, text) => {
    let body = ''
    await using store = await serveOther((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      for (let at = 0; at < body.length; at += 100) response.write(body.slice(at, at + 100))
      response.end()
    })
    const client = clientOf(store)
    const growth = await superlinearGrowth(text, async (input) => {
      body = input
      await using stream = await StreamRecorder.open(client, '/webservice/escenic/changelog/sse')
      await stream.until(() => false, 30_000)
    })
    expect(growth).toBeUndefined()
  })
})
