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

  it('wait over HTTP answers what was seen, or 408 after the timeout', async () => {
    await using store = await serveStore()
    const wait = (body: object) => request(store.url).post('/__mock/wait').send(body)
    const { change } = store.control.publishItem(801)
    const seen = await wait({ for: 'change', since: 5041 })
    expect([seen.status, seen.body]).toEqual([200, { changes: [change], cursor: change.id }])
    const late = await wait({ for: 'clients', count: 3, timeoutMs: 20 })
    expect([late.status, late.type]).toEqual([408, 'application/problem+json'])
    expect(late.text).toContain('3 open streams: the condition did not hold within 20 ms')
  })

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
    // Caught at once, so that the rejection is handled before the store is closed.
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
