import { connect } from 'node:net'

import { describe, expect, it } from 'vitest'

import { MockServerError } from './errors.ts'
import { startMockContentStore } from './start.ts'
import { StreamReader } from './testing/stream-reader.ts'
import { until } from './testing/until.ts'

const STREAM = '/webservice/escenic/changelog/sse'

describe('startMockContentStore', () => {
  it('startMockContentStore listens on a free port and is ready when it resolves', async () => {
    await using store = await startMockContentStore()
    expect(store.url).toBe(`http://127.0.0.1:${store.port}`)
    expect((await fetch(`${store.url}/__mock/health/ready`)).status).toBe(200)
  })

  it('startMockContentStore starts independent stores in one process', async () => {
    await using one = await startMockContentStore()
    await using two = await startMockContentStore()
    one.control.createItem({ sectionId: 22, title: 'A' })
    expect([one.control.info().items, two.control.info().items]).toEqual([21, 20])
  })

  it('startMockContentStore lists every unknown and invalid option', async () => {
    const options = { port: -1, prot: 1, announce: ['everything'] }
    // @ts-expect-error This is what callers from JavaScript may do.
    const error: unknown = await startMockContentStore(options).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(MockServerError)
    expect(String(error)).toContain(
      'there is no option "prot"\nport: expected a whole number from 0 to 65535, got -1\nannounce: expected a list of',
    )
  })

  it('startMockContentStore reports a taken port and an unknown host', async () => {
    await using store = await startMockContentStore()
    await expect(startMockContentStore({ port: store.port })).rejects.toThrow(
      `port ${store.port} on 127.0.0.1 is taken; stop what listens there`,
    )
    await expect(startMockContentStore({ host: 'no.such.host.invalid' })).rejects.toMatchObject({
      code: 'cannot-listen',
    })
  })

  it('startMockContentStore closes and frees its port while streams, idle and half-sent requests are open', async () => {
    const store = await startMockContentStore()
    await using stream = await StreamReader.open(store.url + STREAM)
    const half = connect(store.port, '127.0.0.1')
    half.on('error', () => {}) // It is disconnected on purpose.
    half.write('POST /__mock/items HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{')
    await fetch(`${store.url}/__mock/info`)
    // A store that waits for one of them reaches the timeout of the test.
    await Promise.all([store.close(), store.close()])
    await until(() => stream.ended, 'the stream ends')
    await using again = await startMockContentStore({ port: store.port })
    expect(again.port).toBe(store.port)
  })
})
