import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const STREAM = '/webservice/escenic/changelog/sse'

describe('wait', () => {
  it('wait for clients blocks until enough streams are open', async () => {
    await using store = await serveStore()
    const waited = store.control.wait({ for: 'clients', count: 2 })
    await using one = await StreamReader.open(store.url + STREAM)
    await using two = await StreamReader.open(store.url + STREAM)
    expect((await waited).clients?.map(({ id }) => id)).toEqual(['client-1', 'client-2'])
    expect([one.text, two.text]).toEqual(['', ''])
  })

  it('wait for change blocks until a change after the cursor and returns the next cursor', async () => {
    await using store = await serveStore()
    const waited = store.control.wait({ for: 'change' })
    const first = store.control.publishItem(801).change
    expect(await waited).toEqual({ changes: [first], cursor: first.id })
    const second = store.control.publishItem(800).change
    const third = store.control.publishItem(799).change
    expect(await store.control.wait({ for: 'change', since: first.id })).toEqual({
      changes: [second, third],
      cursor: third.id,
    })
  })

  it('wait for delivery blocks until enough clients were sent an event', async () => {
    await using store = await serveStore()
    await using one = await StreamReader.open(store.url + STREAM)
    const waited = store.control.wait({ for: 'delivery', count: 2 })
    const { change } = store.control.publishItem(801)
    await using two = await StreamReader.open(store.url + STREAM)
    const later = store.control.publishItem(801).change
    const { clients, cursor } = await waited
    expect(clients?.map(({ changeId }) => changeId)).toEqual([later.id, later.id])
    expect(cursor).toBe(later.id)
    const again = await store.control.wait({ for: 'delivery', since: change.id, count: 1 })
    expect(again.clients).toHaveLength(2)
    for (const stream of [one, two]) await stream.until(({ data }) => data.length > 0, 'an event')
  })

  it('wait over HTTP answers with the result, or with 408 after the timeout', async () => {
    await using store = await serveStore()
    const wait = (body: object) => request(store.url).post('/__mock/wait').send(body)
    const { change } = store.control.publishItem(801)
    const seen = await wait({ for: 'change', since: 5041 })
    expect([seen.status, seen.body]).toEqual([200, { changes: [change], cursor: change.id }])
    const late = await wait({ for: 'clients', count: 3, timeoutMs: 20 })
    expect([late.status, late.type]).toEqual([408, 'application/problem+json'])
    expect(late.text).toContain('at least 3 open streams: the condition did not hold within 20 ms')
  })

  it.each([
    [{ exactly: 0 }, 0],
    [{ atMost: 0 }, 0],
    [{ atMost: 1 }, 1],
    [{ exactly: 1 }, 1],
    [{ atLeast: 1, atMost: 1 }, 1],
  ] as const)(
    'wait for clients with %j blocks while two streams are open and ends when %i are left',
    async (bounds, left) => {
      await using store = await serveStore()
      const readers = [
        await StreamReader.open(store.url + STREAM),
        await StreamReader.open(store.url + STREAM),
      ]
      const waited = store.control.wait({ for: 'clients', ...bounds, timeoutMs: 20_000 })
      const tooEarly = store.control.wait({ for: 'clients', ...bounds, timeoutMs: 0 })
      await expect(tooEarly).rejects.toThrow(/\d open streams?: the condition did not hold/)
      for (const reader of readers.slice(left)) await reader[Symbol.asyncDispose]()
      expect((await waited).clients).toHaveLength(left)
      for (const reader of readers) await reader[Symbol.asyncDispose]()
    },
  )

  it('wait for clients with a lower and an upper bound takes any number between them', async () => {
    await using store = await serveStore()
    await using one = await StreamReader.open(store.url + STREAM)
    await using two = await StreamReader.open(store.url + STREAM)
    const { clients } = await store.control.wait({ for: 'clients', atLeast: 1, atMost: 3 })
    expect(clients).toHaveLength(2)
    expect([one.ended, two.ended]).toEqual([false, false])
  })

  it('wait for delivery with exactly: 1 does not end while two clients were sent the event', async () => {
    await using store = await serveStore()
    await using one = await StreamReader.open(store.url + STREAM)
    await using two = await StreamReader.open(store.url + STREAM)
    store.control.publishItem(801)
    const wait = (exactly: number) =>
      store.control.wait({ for: 'delivery', since: 5041, exactly, timeoutMs: 0 })
    await expect(wait(1)).rejects.toThrow('to exactly 1 client: the condition did not hold')
    expect((await wait(2)).clients).toHaveLength(2)
    expect([one.ended, two.ended]).toEqual([false, false])
  })

  it('wait for changes answers 409 at once when there were more than the upper bound', async () => {
    await using store = await serveStore()
    const { change } = store.control.publishItem(801)
    const wait = (bounds: object) =>
      request(store.url)
        .post('/__mock/wait')
        .send({ for: 'change', since: 5041, ...bounds })
    const seen = await wait({ exactly: 1 })
    expect([seen.status, seen.body.changes]).toEqual([200, [change]])
    store.control.publishItem(801)
    const late = await wait({ exactly: 1, timeoutMs: 600_000 })
    expect([late.status, late.text]).toEqual([
      409,
      expect.stringContaining('expected exactly 1 change after 5041, and there were 2'),
    ])
  })

  it.each([
    [{ count: 0 }, 'use \\"exactly\\": 0'],
    [{ exactly: 1, atMost: 2 }, 'give one of'],
    [{ count: 1, atLeast: 1 }, 'give one of'],
    [{ atLeast: 3, atMost: 2 }, 'atLeast 3 is more than atMost 2'],
    [{ atMost: -1 }, 'atMost: '],
  ])('wait refuses the bounds %j', async (bounds, detail) => {
    await using store = await serveStore()
    const { status, text } = await request(store.url)
      .post('/__mock/wait')
      .send({ for: 'clients', ...bounds })
    expect([status, text]).toEqual([400, expect.stringContaining(detail)])
  })

  it.each(['change', 'delivery'] as const)(
    'wait for %s answers 410 at once for a cursor from before a reset, or above every change',
    async (kind) => {
      await using store = await serveStore()
      const { change } = store.control.publishItem(801)
      const open = store.control.wait({ for: kind, since: change.id, timeoutMs: 600_000 })
      const ended = open.catch((error: unknown) => String(error))
      store.control.reset()
      expect(await ended).toContain('is from before the latest reset of the store')
      const wait = (since: number) =>
        request(store.url).post('/__mock/wait').send({ for: kind, since, timeoutMs: 600_000 })
      const { changeId } = store.control.info()
      for (const [since, reason] of [
        [5041, 'is from before the latest reset'],
        [change.id, `continue from ${changeId}`],
        [changeId + 1, 'is above every change id'],
      ] as const) {
        const { status, text } = await wait(since)
        expect([since, status, text]).toEqual([since, 410, expect.stringContaining(reason)])
      }
      const waiting = store.control.wait({ for: 'change', since: changeId })
      store.control.publishItem(801)
      expect((await waiting).changes).toHaveLength(1)
    },
  )

  it('wait answers "evicted" when the journal no longer reaches back', async () => {
    await using store = await serveStore()
    for (let n = 0; n < 20_001; n += 1) store.control.publishItem(801)
    const { status, text } = await request(store.url)
      .post('/__mock/wait')
      .send({ for: 'change', since: 5041 })
    expect([status, text]).toEqual([410, expect.stringContaining('are evicted')])
  })

  it('wait ends when the store closes', async () => {
    const store = await serveStore()
    const waited = store.control.wait({ for: 'clients', timeoutMs: 60_000 })
    // Attach the handler now, before the store closes.
    const outcome = waited.catch((error: unknown) => String(error))
    await store.close()
    expect(await outcome).toBe('MockServerError: the store is shutting down')
  })

  it('wait refuses the 1001st open wait', async () => {
    await using store = await serveStore()
    const open = Array.from({ length: 1_000 }, () =>
      store.control.wait({ for: 'clients', timeoutMs: 60_000 }),
    )
    await expect(store.control.wait({ for: 'clients' })).rejects.toThrow(
      '1000 waits are open already',
    )
    await using client = await StreamReader.open(store.url + STREAM)
    expect(await Promise.all(open)).toHaveLength(1_000)
    expect(client.ended).toBe(false)
  })
})
