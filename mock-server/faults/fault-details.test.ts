import { describe, expect, it } from 'vitest'

import { EVENT, FaultBench, LOG, OK, REQUESTS } from '../testing/fault-bench.ts'
import { entry } from '../testing/item-client.ts'
import { RawClient, rawRequest } from '../testing/raw-client.ts'
import { until } from '../testing/until.ts'

const bench = await FaultBench.forFile()

function entries(): number {
  return bench.store.control.info().changeId
}

/** More than Node reads of a body that has no reader. */
const LARGE = 'large '.repeat(50_000)

function largeWrite(path = '/webservice/escenic/section/22/content-items'): string {
  const body = entry(`<title>A</title><x:part xmlns:x="urn:x">${LARGE}</x:part>`)
  const headers = ['Content-Type: application/atom+xml', `Content-Length: ${body.length}`]
  return rawRequest('POST', path, headers, body)
}

describe('the selectors of a fault', () => {
  it('a fault strikes the open stream of one client and of one user alone', async () => {
    using first = await bench.open()
    using second = await bench.open()
    const [, { id } = { id: '' }] = bench.store.control.clients()
    bench.set(
      { name: 'one', kind: 'event-lost', scope: 'sse-open', client: id },
      { name: 'other', kind: 'reset', scope: 'sse-open', user: 'nobody' },
    )
    bench.change()
    await first.read(EVENT)
    bench.clear()
    bench.change()
    await until(() => second.text.split(EVENT).length === 2, 'the second event')
    expect(first.text.split(EVENT)).toHaveLength(3)
  })

  it('a fault strikes the events of one log alone', async () => {
    using client = await bench.open()
    bench.set({ name: 'one', kind: 'event-lost', scope: 'sse-open', log: 'section/12' })
    bench.change()
    bench.store.control.createItem({ sectionId: 22, title: 'Other' })
    await client.read('section/22\n\n')
    expect(client.text).not.toContain('section/12')
  })
})

describe('status', () => {
  it('the fault status prevents the write', async () => {
    const before = entries()
    bench.set({ name: 'busy', kind: 'status', scope: 'write', status: 503 })
    using client = await RawClient.connect(bench.store.port)
    client.send(rawRequest('DELETE', '/webservice/escenic/content/795'))
    await client.read('the fault "busy" is set\n')
    expect(entries()).toBe(before)
  })

  it('the fault status sends a challenge with 401 only', async () => {
    for (const [status, hasChallenge] of [
      [401, true],
      [403, false],
    ] as const) {
      bench.set({ name: 'no', kind: 'status', scope: 'feed', status })
      using client = await bench.send('feed')
      await client.read('is set\n')
      expect(client.text.startsWith(`HTTP/1.1 ${status} `)).toBe(true)
      expect(client.text.includes('\r\nWWW-Authenticate: Basic realm="')).toBe(hasChallenge)
    }
  })

  it('the fault status 204 has neither a body nor a Content-Type', async () => {
    bench.set({ name: 'stop', kind: 'status', scope: 'sse-connect', status: 204 })
    using client = await bench.send('sse-connect')
    await client.read('\r\n\r\n')
    expect(client.text).toMatch(/^HTTP\/1\.1 204 No Content\r\n/)
    expect(client.text).not.toContain('Content-Type')
    expect(client.text.endsWith('\r\n\r\n')).toBe(true)
  })
})

describe('connections', () => {
  it.each([
    ['503', 'HTTP/1.1 503 Service Unavailable'],
    ['hang', ''],
  ] as const)('the fault connections with mode %s answers %j', async (mode, expected) => {
    bench.set({ name: 'full', kind: 'connections', scope: 'feed', max: 0, mode })
    using client = await bench.send('feed')
    await bench.struck()
    await bench.expectServed()
    if (mode === '503') await until(() => client.isClosed, 'the end of the connection')
    expect(client.text.split('\r\n')[0]).toBe(expected)
    expect(client.text.includes('\r\nRetry-After: 1\r\n')).toBe(mode === '503')
    expect(client.text.includes('\r\nConnection: close\r\n')).toBe(mode === '503')
    expect(bench.store.control.info().workers.busy).toBe(0)
    bench.clear()
    if (mode === 'hang') await client.read(OK)
  })

  it('the fault connections accepts another connection when one ends', async () => {
    bench.set({ name: 'full', kind: 'connections', scope: 'feed', max: 1 })
    for (let n = 0; n < 3; n += 1) {
      await until(async () => {
        using client = await bench.send('feed')
        await until(() => client.isClosed || client.text.includes(OK), 'an answer')
        return client.text.includes(OK)
      }, 'a free place')
    }
    expect(bench.report.requests).toBe(bench.report.strikes)
  })
})

describe('event-reordered', () => {
  it('event-reordered sends a delayed event after its time when no other event comes', async () => {
    bench.freeze()
    using client = await bench.open()
    bench.set({ name: 'late', kind: 'event-reordered', scope: 'sse-open', by: 3, ms: 400 })
    bench.change()
    await bench.store.control.clock.advance(399)
    await bench.expectServed()
    expect(client.text).not.toContain('data:')
    await bench.store.control.clock.advance(1)
    await client.read(EVENT)
  })
})

describe('slow-close', () => {
  it('slow-close closes at once when the fault is removed', async () => {
    bench.freeze()
    bench.set({ name: 'slow', kind: 'slow-close', scope: 'feed', ms: 600_000 })
    using client = await bench.send('feed')
    await client.read('</feed>')
    await bench.expectServed()
    expect(client.isClosed).toBe(false)
    bench.clear()
    await until(() => client.isClosed, 'the end of the connection')
    expect(client.errorCode).toBe('')
  })
})

describe('event-foreign', () => {
  it('event-foreign moves the URL to other.example without a host', async () => {
    using client = await bench.open()
    bench.set({ name: 'foreign', kind: 'event-foreign', scope: 'sse-open' })
    bench.change()
    await client.read(`data: http://other.example${LOG}\n\n`)
    expect(client.text).not.toContain(EVENT)
  })
})

describe('late-row', () => {
  it('late-row hides new rows from the given number of polls, and a client that keeps polling misses none', async () => {
    const { previous } = await bench.page()
    bench.set({ name: 'late', kind: 'late-row', scope: 'feed', polls: 2, log: 'section/12' })
    bench.change()
    const polled = await Promise.all([1, 2].map(async () => (await bench.page(previous)).rows))
    for (const rows of polled) expect(rows).not.toContain('<entry')
    expect((await bench.page(previous)).rows).toContain('/content/801"')
  })
})

describe('a client that disconnects', () => {
  it.each([
    ['latency', { ms: 600_000 }],
    ['stall', { ms: 600_000 }],
  ])('a write that %s delays is not executed when its client disconnects', async (kind, more) => {
    const before = entries()
    bench.set({ name: 'slow', kind, scope: 'write', ...more })
    {
      using client = await RawClient.connect(bench.store.port)
      client.send(rawRequest('DELETE', '/webservice/escenic/content/796'))
      await bench.struck()
    }
    await until(() => bench.store.control.clock.state.timers === 0, 'no timer is left')
    bench.clear()
    await bench.expectHealthy('write')
    expect(entries()).toBe(before)
  })

  it.each([
    ['latency', { ms: 600_000 }],
    ['jitter', { ms: 600_000 }],
    ['stall', { ms: 600_000 }],
  ])(
    'a large write that %s delays is not executed when its client disconnects',
    async (kind, more) => {
      const before = entries()
      bench.set({ name: 'slow', kind, scope: 'write', ...more })
      {
        using client = await RawClient.connect(bench.store.port)
        client.send(largeWrite())
        await bench.struck()
      }
      await until(() => bench.store.control.clock.state.timers === 0, 'no timer is left')
      bench.clear()
      await bench.expectHealthy('write')
      expect(entries()).toBe(before)
    },
  )

  it('a large write that is delayed arrives whole, and the connection serves the next request', async () => {
    bench.set({ name: 'slow', kind: 'latency', scope: 'write', ms: 300 })
    using client = await RawClient.connect(bench.store.port)
    client.send(largeWrite() + REQUESTS.item)
    await client.read('</entry>')
    const [, location = ''] =
      /201 Created[\s\S]+\r\nLocation: http:\/\/localhost(\S+)/.exec(client.text) ?? []
    using reader = await RawClient.connect(bench.store.port)
    reader.send(rawRequest('GET', location))
    await reader.read('</entry>')
    expect(reader.text).toContain(`>${LARGE}<`)
  })

  it('a delayed body without a reader does not stop its connection', async () => {
    bench.set({ name: 'slow', kind: 'latency', scope: 'write', ms: 300 })
    using client = await RawClient.connect(bench.store.port)
    client.send(largeWrite('/nowhere') + REQUESTS.item)
    await client.read('</entry>')
    expect(client.text).toContain('HTTP/1.1 404')
  })

  it('a stalled stream ends when its client disconnects, or when its buffer exceeds its limit', async () => {
    {
      using client = await bench.open()
      bench.set({ name: 'hang', kind: 'stall', scope: 'sse-open' })
      bench.change()
      expect(client.isClosed).toBe(false)
    }
    await until(() => bench.store.control.clients().length === 0, 'no stream')
    using client = await bench.open()
    bench.store.control.client.sendToAll({ text: 'x'.repeat(1_100_000) })
    await until(() => client.isClosed, 'the drop')
  })

  it('many stalled connections delay no other request', async () => {
    bench.set({ name: 'hang', kind: 'stall', scope: 'item' })
    const clients = await Promise.all(Array.from({ length: 12 }, async () => bench.send('item')))
    await bench.struck(12)
    await bench.expectHealthy('feed')
    expect(clients.filter(({ isClosed }) => isClosed)).toEqual([])
    for (const client of clients) client[Symbol.dispose]()
  })
})
