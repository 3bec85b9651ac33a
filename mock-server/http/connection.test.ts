import { array, assert, asyncProperty, constantFrom, oneof } from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { RawClient, rawRequest } from '../testing/raw-client.ts'
import { serveStore } from '../testing/serve-store.ts'
import { until } from '../testing/until.ts'

const LOG = '/webservice/escenic/changelog/section/12'
const STREAM = '/webservice/escenic/changelog/sse'
const ITEM = '/webservice/escenic/content/801'
const XML = 'Content-Type: application/atom+xml'

async function untilIdle(store: MockContentStore): Promise<void> {
  const counts = () => store.control.info().workers
  await until(
    () => counts().busy === 0 && counts().waiting === 0,
    'no worker is busy and no request waits',
  )
  await until(() => store.control.clients().length === 0, 'no stream is open')
}

describe('Connection', () => {
  it('Connection frees all workers when clients disconnect during a stream with three pipelined requests', async () => {
    await using store = await serveStore()
    const one = rawRequest('GET', STREAM) + rawRequest('GET', LOG).repeat(3)
    const clients = await Promise.all(
      Array.from({ length: 60 }, async () => RawClient.connect(store.port)),
    )
    for (const client of clients) client.send(one)
    await until(() => store.control.clients().length === 60, '60 streams are open')
    expect(store.control.info().workers).toEqual({ busy: 60, waiting: 0 })
    for (const client of clients) client[Symbol.dispose]()
    await untilIdle(store)
  })

  it('Connection answers pipelined requests in order, one at a time', async () => {
    await using store = await serveStore({ workers: 1 })
    using client = await RawClient.connect(store.port)
    client.send(
      rawRequest('GET', LOG) +
        rawRequest('HEAD', LOG) +
        rawRequest('GET', '/webservice/nothing') +
        rawRequest('GET', '/__mock/health/ready', ['Connection: close']),
    )
    await until(() => client.isClosed, 'the connection closes after the last answer')
    expect(client.text.match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 404',
      'HTTP/1.1 200',
    ])
    await untilIdle(store)
  })

  it('Connection is reset when more than 100 requests are pipelined behind a stream', async () => {
    await using store = await serveStore()
    using client = await RawClient.connect(store.port)
    client.send(rawRequest('GET', STREAM))
    await client.read('text/event-stream')
    client.send(rawRequest('GET', LOG).repeat(100))
    store.control.publishItem(801)
    await client.read('data: ')
    client.send(rawRequest('GET', LOG))
    await until(() => client.isClosed, 'the connection is reset')
    await untilIdle(store)
    expect(client.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200'])
  })

  it('Connection notices a disconnect behind a stream whose client sends a large body', async () => {
    await using store = await serveStore()
    using client = await RawClient.connect(store.port)
    const body = 'x'.repeat(5_000_000)
    client.send(
      rawRequest('GET', STREAM) + rawRequest('PUT', ITEM, [XML, 'Content-Length: 5000000'], body),
    )
    await client.read('text/event-stream')
    client.reset()
    await untilIdle(store)
    expect(store.control.info()).toMatchObject({ clients: 0, changeId: 5041 })
  })

  it('Connection sends 100 Continue and 417 in the order of the requests', async () => {
    await using store = await serveStore()
    using client = await RawClient.connect(store.port)
    const length = 'Content-Length: 1'
    client.send(
      rawRequest('GET', LOG) +
        rawRequest('GET', LOG, ['Expect: the-impossible']) +
        rawRequest('PUT', ITEM, [XML, length, 'Expect: 100-continue', 'Connection: close']),
    )
    await client.read('100 Continue')
    client.send('x')
    await until(() => client.isClosed, 'the connection closes after the last answer')
    expect(client.text.match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 417',
      'HTTP/1.1 100',
      'HTTP/1.1 412',
    ])
    await untilIdle(store)
  })

  const action = oneof(
    constantFrom(
      rawRequest('GET', LOG),
      rawRequest('HEAD', LOG),
      rawRequest('GET', STREAM),
      rawRequest('HEAD', STREAM),
      rawRequest('GET', STREAM, ['Content-Length: 70000'], 'x'.repeat(70_000)),
      rawRequest('GET', '/%'),
      rawRequest('GET', '/webservice/nothing'),
      rawRequest('GET', LOG, ['Connection: close']),
      rawRequest('GET', LOG, ['Connection: Upgrade', 'Upgrade: websocket']),
      rawRequest('OPTIONS', '*'),
      rawRequest('CONNECT', 'localhost:1'),
      rawRequest('PUT', ITEM, [XML, 'If-Match: *', 'Content-Length: 9'], '<entry/>.'),
      rawRequest('PUT', ITEM, [XML, 'If-Match: *', 'Content-Length: 90'], 'half of it'),
      rawRequest('PUT', ITEM, [XML, 'If-Match: *', 'Transfer-Encoding: chunked'], '5\r\n<e/>'),
      rawRequest('PUT', ITEM, [XML, 'Content-Length: 2000000'], 'x'.repeat(300_000)),
      rawRequest('PUT', ITEM, [XML, 'Expect: 100-continue', 'Content-Length: 9']),
      rawRequest('GET', LOG, ['Expect: the-impossible']),
      rawRequest('POST', '/__mock/wait', ['Content-Length: 17'], '{"for":"clients"}'),
      rawRequest('POST', '/__mock/reset', ['Content-Length: 21'], '{"closeStreams":true}'),
      rawRequest('DELETE', '/__mock/clients'),
      'GET / HTTP/1.1\r\nHo',
      '\0 no HTTP at all\r\n\r\n',
    ),
    constantFrom('pause', 'end', 'reset', 'change'),
  )

  it.each(['queue', 'refuse', '503'] as const)(
    'Connection leaks no worker under random client behaviour, with workersBusy: %s',
    async (workersBusy) => {
      const faults: unknown[] = []
      await using store = await serveStore({
        workers: 3,
        workersBusy,
        onFault: (error) => faults.push(error),
      })
      const behave = async (actions: readonly string[]): Promise<void> => {
        using client = await RawClient.connect(store.port)
        for (const one of actions) {
          if (one === 'pause') await new Promise((resolve) => setImmediate(resolve))
          else if (one === 'end') client.end()
          else if (one === 'reset') client.reset()
          else if (one === 'change') store.control.createItem({ sectionId: 12, title: 'A' })
          else client.send(one)
        }
      }
      const clients = array(array(action, { maxLength: 8 }), { minLength: 1, maxLength: 8 })
      await assert(
        asyncProperty(clients, async (all) => {
          await Promise.all(all.map(behave))
          await untilIdle(store)
        }),
        { numRuns: 60 },
      )
      expect(faults).toEqual([])
    },
  )
})
