import { describe, expect, it } from 'vitest'

import { startBarrierServer } from './barrier-server.ts'

describe('barrier server', () => {
  it('barrier server answers with the values of all shards, in order, when all have arrived', async () => {
    await using server = await startBarrierServer({ shards: 3 })
    const order: number[] = []
    const early = [3, 1].map(async (shard) => {
      const answer = await arrive(server.url, 'start', shard, shard * 10)
      order.push(shard)
      return answer
    })
    // Another barrier completes first: these two are held, not slow.
    await Promise.all([1, 2, 3].map((shard) => arrive(server.url, 'other', shard, 0)))
    expect(order).toEqual([])
    const last = await arrive(server.url, 'start', 2, 20)
    expect([last, ...(await Promise.all(early))]).toEqual(
      Array.from({ length: 3 }, () => ({ status: 200, body: { values: [10, 20, 30] } })),
    )
  })

  it('barrier server answers 409 to waiting and later shards when one has left', async () => {
    await using server = await startBarrierServer({ shards: 2 })
    const waiting = arrive(server.url, 'start', 1, 0)
    await fetch(`${server.url}/leave`, { method: 'POST' })
    expect((await waiting).status).toBe(409)
    expect((await arrive(server.url, 'start', 2, 0)).status).toBe(409)
  })

  it.each([
    ['{"shard": 3}', 'expected {"shard": 1 to 2, "value": …}, got {"shard": 3}'],
    ['{"shard": "1"}', 'expected {"shard": 1 to 2, "value": …}'],
    ['nonsense', 'JSON'],
  ])('barrier server answers 400 to the body %s', async (body, complaint) => {
    await using server = await startBarrierServer({ shards: 2 })
    const response = await fetch(`${server.url}/barriers/a`, { method: 'POST', body })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(complaint.replaceAll('"', String.raw`\"`))
  })

  it('barrier server keeps idle connections open between barriers', async () => {
    await using server = await startBarrierServer({ shards: 1 })
    const response = await fetch(`${server.url}/ping`)
    // Node sends this header when it closes idle connections after a time.
    expect(response.headers.get('keep-alive')).toBeNull()
  })

  it('barrier server answers 404 and 405 to other paths and methods', async () => {
    await using server = await startBarrierServer({ shards: 1 })
    expect((await fetch(`${server.url}/barriers/`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${server.url}/barriers/a`)).status).toBe(405)
    expect(await (await fetch(`${server.url}/ping`)).json()).toEqual({ shards: 1 })
  })
})

async function arrive(url: string, name: string, shard: number, value: number) {
  const body = JSON.stringify({ shard, value })
  const response = await fetch(`${url}/barriers/${name}`, { method: 'POST', body })
  const answer: unknown = await response.json()
  return { status: response.status, body: answer }
}
